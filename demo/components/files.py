"""Files to download, made in the visitor's browser: nothing is left on the server."""

from components import Picture


class Files(Picture):
    """A list of download links.

    value: {"files": [{"name": str, "type": MIME type, "data": base64}]}
    """

    stem = "files"
