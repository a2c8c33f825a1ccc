"""What to do about each check that a copy can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.document.document import Code
from redact.records.kinds import CheckName

if TYPE_CHECKING:
    from redact.document.document import Words

__all__ = ["REMEDIES", "SAME_AGAIN", "remedy"]

SAME_AGAIN = (
    "The same job would give the same copy. Change what is asked as it says here, or have the fault mended: tell "
    "whoever looks after the program what was measured. Pictures of it may show third parties, so let only those see "
    "them who may. Delete the withheld copy when you are done with it."
)

FAULT = "This is a fault of the program or of its machine, not of the request. Until it is mended, "

REMEDIES: dict[str, Words] = {
    CheckName.MASTER: (
        "Something wrote to the master while it was read. Copy it again from where it is kept to a place to which "
        "nothing writes, and start from that."
    ),
    CheckName.FORM: (
        "Players would show the copy wrongly. Nothing in the request changes that: whoever looks after the program "
        "needs to know what this check says of the master."
    ),
    CheckName.DECODING: (
        (
            "The file breaks off or is broken. See that the disk is neither full nor failing, and write to another one "
            "with "
        ),
        Code("-o"),
        ". If that copy breaks off as well, it is a fault of the program.",
    ),
    CheckName.TIMES: (
        "Frames are missing, or shown at another time than in the master. Ask for the part that is needed alone with ",
        Code("--span"),
        "; if that fails as well, it is a fault of the program.",
    ),
    CheckName.MASKS: (
        "The copy shows what a mask was to hide. ",
        FAULT,
        "cover these places with another style (",
        Code("--style fill"),
        ") or more of each person (",
        Code("--cover body"),
        "), or leave them out with ",
        Code("--span"),
        "; and watch what passes then with particular care.",
    ),
    CheckName.STRENGTH: (
        "What a mask hides can be made out through it. ",
        FAULT,
        "ask for ",
        Code("--style fill"),
        ", one colour that is made of nothing in the picture, or leave these places out with ",
        Code("--span"),
        "; and watch what passes then with particular care.",
    ),
    CheckName.SCENE: (
        "Something that is not hidden is not as it was recorded, or a frame is out of its place. ",
        FAULT,
        "leave these places out with ",
        Code("--span"),
        ". Where it is fine noise alone that is lost, ask for a better export of the master.",
    ),
    CheckName.SECOND_READING: (
        (
            "Another program reads the master otherwise than this one did, and both readings stand above. Play the "
            "master: is the file as it should be? Ask for it again, or choose the picture with "
        ),
        Code("--stream"),
        ". If it plays as it should, it is a fault of the program.",
    ),
    CheckName.AS_SHOWN: (
        (
            "A player shows the copy otherwise than the master: turned, in another shape, in other colours or at "
            "another time. Play both beside each other. "
        ),
        FAULT,
        "ask for the footage in another form, such as H.264 in MP4.",
    ),
    CheckName.COLOURS: (
        "The colours of the copy are not those that were to be painted. ",
        FAULT,
        "ask for the footage in another form, such as H.264 in MP4.",
    ),
    CheckName.SECOND_LOOK: (
        (
            "Somebody was still seen outside the masks on the last copy. Look at each finding in the operator's "
            "report: is it somebody to be hidden? Hide more (all of "
        ),
        Code("--hide"),
        ", and ",
        Code("--cover body"),
        "), or ask for a part in which nobody is found with ",
        Code("--span"),
        ". Is it nobody, such as a poster? Accept it with ",
        Code("--accept"),
        " and a ",
        Code("--reason"),
        ". A second look that looked at nothing needs the networks: ",
        Code("redact models check"),
        " says what is missing.",
    ),
    CheckName.WATERMARK: (
        "The strip below the picture cannot be read, or belongs to another frame. ",
        FAULT,
        "nothing leaves: a copy that cannot be traced is not to be released.",
    ),
    CheckName.SOUND: (
        "The sound is not as asked. Look at the times of the muted spans; without sound (",
        Code("--audio mute"),
        ") the copy does not depend on it. If it has to be heard, it is a fault of the program.",
    ),
    CheckName.PIECES: (
        (
            "The copy is not made of the pieces that were checked. See that the disk is neither full nor failing, that "
            "nothing else writes to the folder of the results, and write to another one with "
        ),
        Code("-o"),
        ". If that copy fails as well, it is a fault of the program.",
    ),
    CheckName.METADATA: (
        "The file carries something of the master that no picture shows. It is a fault of the program: whoever looks "
        "after it needs to know what this check names."
    ),
}
"""By check, as `verify` names them."""

OTHER = "It is a fault of the program: tell whoever looks after it."


def remedy(check: str) -> Words:
    """Say what to do where CHECK failed."""
    return REMEDIES.get(check, OTHER)
