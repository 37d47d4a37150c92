# SPDX-License-Identifier: BSD-3-Clause
"""Capability tokens over the API: what is issued is a JWT like any other, and so is what is taken."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import jwt_by_hand as jwt

SECRET, OLD_SECRET = b"first of two secrets, 32 bytes..", b"second, of before, 32 bytes too."


def check(daemon, token):
    return daemon.ask_with("token.check", f"token={token}")


class Asked(d.Daemon):
    def ask_with(self, method, *params):
        return d.json.loads(self.ctl("--json", method, *params))


def write_keys(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)


def state(directory, **tokens):
    return {"tier": {"state_dir": directory / "state"}, "tokens": tokens}


def begin(start, directory, **tokens):
    return start(directory, state(directory, **tokens), kind=Asked).ready()


def what_is_issued_is_a_jwt_signed_with_the_kept_key():
    with d.workplace() as (directory, start):
        daemon = begin(start, directory)
        token = daemon.ctl("token", "issue", "alice", "put,fetch", "media=bbb", "life_s=60", "viewer=7").strip()
        key = (directory / "state/token.key").read_text().strip()
        d.equal((directory / "state/token.key").stat().st_mode & 0o777, 0o600, "mode of the key")
        kid, algorithm, secret = key.split(":")
        header, claims = jwt.parts(token)
        d.equal(header, {"alg": "HS256", "typ": "JWT", "kid": kid}, "header")
        d.equal(jwt.hs256_of(token, jwt.read_base64url(secret)), True, "signature, computed by Python")
        d.equal((claims["sub"], claims["act"], claims["med"], claims["wm"], claims["exp"] - claims["iat"]),
                ("alice", ["put", "fetch"], "bbb", 7, 60), "claims")
        seen = check(daemon, token)
        d.equal((seen["good"], seen["peer"], seen["may"], seen["media"], seen["viewer"], seen["id"]),
                (True, "alice", ["put", "fetch"], "bbb", 7, claims["jti"]), "what token.check says")
        keys = daemon.ctl("--json", "token", "keys")
        d.check(kid in keys and secret not in keys, f"a kid without its secret: {keys}")
        d.check(secret not in daemon.log() and token not in daemon.log(), "no secret is logged")
        daemon.stop()

        daemon = begin(start, directory)  # the same key after a restart
        d.equal(check(daemon, token)["good"], True, "after a restart")
        daemon.stop()


def tokens_of_issuers_are_taken_by_their_own_key_alone():
    with d.workplace() as (directory, start):
        private, public, keys = directory / "cdn.pem", directory / "cdn.pub", directory / "keys"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private], check=True)
        subprocess.run(["openssl", "ec", "-in", private, "-pubout", "-out", public], check=True, stderr=subprocess.DEVNULL)
        public.chmod(0o644)
        write_keys(keys, jwt.key_line("new", SECRET) + jwt.key_line("old", OLD_SECRET) + "cdn:ES256:cdn.pub\n")
        daemon = begin(start, directory, key_file=keys, audience="edge-7")
        body = jwt.claims(aud="edge-7")
        for token, why in [(jwt.es256(private, "cdn", body), None), (jwt.hs256(SECRET, "new", body), None),
                           (jwt.hs256(OLD_SECRET, "old", body), None),
                           (jwt.hs256(OLD_SECRET, "new", body), "forged"),
                           (jwt.hs256(public.read_bytes(), "cdn", body), "forged"),
                           (jwt.unsigned("none", "cdn", body), "forged"),
                           (jwt.es256(private, "new", body), "forged"),
                           (jwt.hs256(SECRET, "gone", body), "malformed"),
                           (jwt.hs256(SECRET, "new", jwt.claims()), "elsewhere"),
                           (jwt.hs256(SECRET, "new", {**body, "exp": body["iat"] - 1}), "expired"),
                           (jwt.hs256(SECRET, "new", {**body, "exp": body["iat"] + 90000}), "expired"),
                           (jwt.hs256(SECRET, "new", {**body, "nbf": body["iat"] + 60}), "early"),
                           (jwt.hs256(SECRET, "new", {**body, "ten": "nobody"}), "wrong_place")]:
            d.equal(check(daemon, token)["why"], why, f"of {jwt.parts(token)}")
        d.equal(daemon.ask("status")["tokens"]["refused"], 0, "refusals that count: looking counts nothing")
        daemon.stop()


def a_revoked_token_stays_so_and_keys_are_changed_in_service():
    with d.workplace() as (directory, start):
        keys = directory / "keys"
        write_keys(keys, jwt.key_line("old", OLD_SECRET))
        daemon = begin(start, directory, key_file=keys)
        lost, other = (jwt.hs256(OLD_SECRET, "old", jwt.claims(jti=name)) for name in ("lost", "other"))
        d.equal(check(daemon, lost)["good"], True, "before it is revoked")
        daemon.ctl("token", "revoke", "lost")
        d.equal([check(daemon, t)["why"] for t in (lost, other)], ["revoked", None], "after it is revoked")
        daemon.kill()
        daemon = begin(start, directory, key_file=keys)
        d.equal([check(daemon, t)["why"] for t in (lost, other)], ["revoked", None], "after a crash")

        write_keys(keys, jwt.key_line("new", SECRET) + jwt.key_line("old", OLD_SECRET))
        daemon.ctl("token", "reload")
        d.equal(jwt.parts(daemon.ctl("token", "issue", "bob", "view"))[0]["kid"], "new", "who signs now")
        d.equal(check(daemon, other)["good"], True, "of the old key, while it is there")
        write_keys(keys, jwt.key_line("new", SECRET))
        daemon.ctl("token", "reload")
        d.equal(check(daemon, other)["why"], "malformed", "of a key that went")
        for text, mode in [("new:HS256:short\n", 0o600), (jwt.key_line("new", SECRET), 0o644)]:
            write_keys(keys, text, mode)
            done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, "token", "reload"], capture_output=True)
            d.check(done.returncode != 0, "a wrong file is refused")
        d.equal(check(daemon, jwt.hs256(SECRET, "new", jwt.claims()))["good"], True, "the keys stay as they were")
        daemon.stop()


def a_daemon_with_a_wrong_key_file_does_not_start():
    with d.workplace() as (directory, start):
        write_keys(directory / "keys", jwt.key_line("new", SECRET), 0o644)
        daemon = start(directory, state(directory, key_file=directory / "keys"), kind=Asked)
        d.equal(daemon.child.wait(20), 1, "exit status")
        d.check("keys_refused" in daemon.log() and "0600 or 0640" in daemon.log(), daemon.log())


sys.exit(d.run([what_is_issued_is_a_jwt_signed_with_the_kept_key, tokens_of_issuers_are_taken_by_their_own_key_alone,
                a_revoked_token_stays_so_and_keys_are_changed_in_service, a_daemon_with_a_wrong_key_file_does_not_start]))
