# SPDX-License-Identifier: BSD-3-Clause
"""Capability tokens made without prestage: HS256 by Python's hmac, ES256 by the openssl program."""
import base64
import hmac
import json
import subprocess
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims(**more):
    now = int(time.time())
    return {"sub": "alice", "act": ["view"], "aud": "prestage", "iat": now, "exp": now + 600, **more}


def signed_part(header, body):
    return base64url(json.dumps(header).encode()) + "." + base64url(json.dumps(body).encode())


def hs256(secret, kid, body):
    text = signed_part({"alg": "HS256", "kid": kid, "typ": "JWT"}, body)
    return text + "." + base64url(hmac.digest(secret, text.encode(), "sha256"))


def hs256_of(token, secret):
    """Whether this secret signed it."""
    text, signature = token.rsplit(".", 1)
    return hmac.compare_digest(base64url(hmac.digest(secret, text.encode(), "sha256")), signature)


def unsigned(algorithm, kid, body):
    return signed_part({"alg": algorithm, "kid": kid}, body) + "."


def integer(der, at):
    """A DER integer of a P-256 signature as 32 bytes, and where the next begins."""
    length = der[at + 1]
    return der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0"), at + 2 + length


def es256(private_pem, kid, body):
    text = signed_part({"alg": "ES256", "kid": kid}, body)
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(private_pem)], input=text.encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    r, at = integer(der, 2)
    s, _ = integer(der, at)
    return text + "." + base64url(r + s)


def key_line(kid, secret):
    return f"{kid}:HS256:{base64url(secret)}\n"


def parts(token):
    """Header and claims of a token, unverified."""
    return [json.loads(read_base64url(part)) for part in token.split(".")[:2]]
