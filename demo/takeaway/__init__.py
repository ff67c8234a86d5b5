"""An experiment to take home: as a script, a call, a file, a QR code."""
