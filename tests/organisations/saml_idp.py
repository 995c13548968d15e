"""A SAML identity provider (pysaml2) as a process of its own: reads what it is asked as JSON, prints a SAMLResponse.

    python -m tests.organisations.saml_idp < {"folder", "request", "metadata", "identity", "address", "sign"}

`folder` holds idp.key and idp.crt; `metadata` is the service's, as XML; `request` the SAMLRequest of its redirect.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

ENTITY = "https://idp.acme.example/metadata"
SSO = "https://idp.acme.example/sso"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SIGNATURES = {
    "sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "sha1": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
}
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


def configuration(folder: Path, metadata: str) -> dict[str, Any]:
    (folder / "sp.xml").write_text(metadata)
    return {
        "entityid": ENTITY,
        "service": {"idp": {"endpoints": {"single_sign_on_service": [(SSO, REDIRECT)]}, "policy": {"default": {
            "attribute_restrictions": None, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
        }}}},
        "key_file": str(folder / "idp.key"),
        "cert_file": str(folder / "idp.crt"),
        "metadata": {"local": [str(folder / "sp.xml")]},
        "xmlsec_binary": "/usr/bin/xmlsec1",
    }  # fmt: skip


def main() -> None:
    from saml2.config import IdPConfig  # noqa: PLC0415 - this process alone needs it
    from saml2.saml import NameID  # noqa: PLC0415
    from saml2.server import Server  # noqa: PLC0415

    asked = json.load(sys.stdin)
    config = IdPConfig()
    config.load(configuration(Path(asked["folder"]), asked["metadata"]))
    server = Server(config=config)
    request = server.parse_authn_request(asked["request"], REDIRECT)
    answer = server.response_args(request.message, [POST])
    answer.update(asked.get("changed", {}))
    response = server.create_authn_response(
        identity=asked["identity"],
        userid=asked["address"],
        name_id=NameID(format=EMAIL, text=asked["address"]),
        authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "authn_auth": ENTITY},
        sign_assertion=asked["sign"],
        sign_response=False,
        sign_alg=SIGNATURES[asked.get("hash", "sha256")],
        digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
        **answer,
    )
    sys.stdout.write(base64.b64encode(str(response).encode()).decode())


if __name__ == "__main__":
    main()
