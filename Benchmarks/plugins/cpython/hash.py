"""What the plugin `hash` offers, on CPython's hashlib."""

import hashlib


def sha256(data):
    return hashlib.sha256(data).hexdigest()
