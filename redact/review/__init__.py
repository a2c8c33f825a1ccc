"""The page: a server on this computer, through which a request is worked on in a browser."""
