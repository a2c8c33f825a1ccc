"""redact review: where the page is served, to whom, and by whom."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import stat
import webbrowser
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from servers import serving

from cli.review import _open
from redact.governance.office import Office
from redact.review.access.persons import Persons
from redact.review.access.tickets import Purpose, Tickets
from redact.review.desk import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = '\n[people."c.example"]\nname = "C. Example"\nroles = ["reviewer"]\n'


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    """Somebody before records that are set up."""
    yield Clerk.at_new_desk(tmp_path / "home")
    shutil.rmtree(Persons().folder, ignore_errors=True)


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """Make a certificate for NAMES, and its key, as whoever looks after the network would."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
    )
    if names:
        known = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
        made = made.add_extension(x509.SubjectAlternativeName(known), critical=False)
    paths = folder / "page.pem", folder / "page-key.pem"
    paths[0].write_bytes(made.sign(key, None).public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def test_beyond_this_computer_it_is_encrypted(clerk: Clerk, tmp_path: Path) -> None:
    """It is called by the names of the certificate alone, and the cookie goes nowhere else."""
    file, key = certificate(tmp_path, "localhost", "redact.example.org")
    with serving(clerk.home, "--host", "127.0.0.1", "--certificate", str(file), "--key-file", str(key)) as served:
        assert served.origin.startswith("https://localhost:")
        trusted = ssl.create_default_context(cafile=str(file))
        connection = HTTPSConnection("localhost", served.port, context=trusted, timeout=30)
        connection.request("GET", served.link.removeprefix(served.origin))
        answer = connection.getresponse()
        answer.read()
        kept = answer.headers["set-cookie"]
        assert kept.startswith("__Host-redact_session_")
        assert "; Secure" in kept
        told = {}
        for host in ("localhost", "redact.example.org", "127.0.0.1"):
            connection.request("GET", "/sign-in", headers={"Host": f"{host}:{served.port}"})
            answer = connection.getresponse()
            answer.read()
            told[host] = answer.status, "strict-transport-security" in answer.headers
        connection.close()
    assert told == {"localhost": (200, False), "redact.example.org": (200, True), "127.0.0.1": (421, True)}


def test_a_certificate_has_a_key_and_names(clerk: Clerk, tmp_path: Path) -> None:
    """Else it is said what is missing, and nothing is served."""
    file, key = certificate(tmp_path)
    clerk.is_refused(2, "review", "--no-open", "--certificate", file)
    for given in (file, key, tmp_path / "none.pem"):
        clerk.is_refused(3, "review", "--no-open", "--certificate", given, "--key-file", key)


def test_a_port_that_is_taken_is_said_to_be(clerk: Clerk) -> None:
    """Where none was asked for, another is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "--port" in clerk.is_refused(3, "review", "--no-open", "--port", str(port))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_good_order(clerk: Clerk, end: signal.Signals) -> None:
    """Whether Ctrl-C is pressed, the computer shuts down, or the terminal is closed; then another can begin."""
    with serving(clerk.home, end=end) as served:
        where = clerk.home / FOLDER / "server.json"
        assert json.loads(where.read_text())["origin"] == served.origin
    assert served.process.returncode == 0
    assert not where.exists()


def test_a_browser_in_the_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with windows is opened; where there is none, the link that is printed is enough."""
    opened: list[str] = []

    class Windows(webbrowser.BackgroundBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            del new, autoraise
            opened.append(url)
            return True

    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error

    for get in (lambda: Windows("firefox"), lambda: webbrowser.GenericBrowser("w3m"), none):
        monkeypatch.setattr(webbrowser, "get", get)
        _open("http://127.0.0.1/")
    assert opened == ["http://127.0.0.1/"]


def test_nothing_is_served_that_is_not_set_up(tmp_path: Path) -> None:
    """The sentence says what to do."""
    said = Clerk(tmp_path / "none").is_refused(3, "review", "--no-open")
    assert "none" in said


def test_an_invitation_is_printed_for_the_page_that_is_open(clerk: Clerk) -> None:
    """Its secret is kept as a digest, in a file for nobody else; without a page there is no link."""
    clerk.says((clerk.home / "organisation.toml").read_text() + NEW)
    clerk.is_refused(2, "review", "--invite", "c.example")
    with serving(clerk.home) as served:
        told = clerk.reads("review", "--invite", "c.example")
        assert told["link"].startswith(f"{served.origin}/join/")
        token = told["link"].rpartition("/")[2]
        body = json.dumps({"token": token, "passphrase": "five words of my own"}).encode()
        said = {"Origin": served.origin, "Content-Type": "application/json"}
        assert served.call("POST", "/api/join", said, body).status == 200
    folder = clerk.home / FOLDER
    assert Tickets(folder).open_for(Purpose.JOIN) == ()
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (folder, *folder.iterdir())} == {0}
    with Office.open(clerk.home) as office:
        assert office.people().active("c.example") is None


def test_only_the_dpo_invites(clerk: Clerk) -> None:
    """And that somebody else tried is on record."""
    clerk.is_only("operator")
    with serving(clerk.home):
        assert "enrol" not in clerk.is_refused(7, "review", "--invite", "c.example")


def test_only_the_owner_of_the_records_serves_them(clerk: Clerk) -> None:
    """Others sign in on the page that the owner opened."""
    done = clerk.asks_another("review", "--no-open")
    assert done.returncode == 7
    assert "sign in there" in done.stderr
