"""Single sign-on from the environment: docs/sign-in.md lists the variables."""

from typing import Any
from urllib.parse import urlsplit

from config.env import env
from organisations.rules.single_sign_on import Protocol, SingleSignOn, read_grants

Providers = dict[str, Any]


def connections() -> SingleSignOn:
    """What is set; nothing when it is nothing. Raises ValueError for roles that cannot be read."""
    set_by = {Protocol.OIDC: "OIDC_ISSUER", Protocol.SAML: "SAML_ENTITY_ID"}
    protocols = {
        protocol: env.str(f"{protocol.name}_NAME", default="your organisation's account")
        for protocol, name in set_by.items()
        if env.str(name, default="")
    }
    return SingleSignOn(
        protocols=protocols,
        domains=frozenset(part.strip().lower() for part in env.list("SSO_DOMAINS", default=[]) if part.strip()),
        grants=read_grants(env.str("SSO_ROLES", default="")),
        groups={
            Protocol.OIDC: env.str("OIDC_GROUPS_CLAIM", default="groups"),
            Protocol.SAML: env.str("SAML_GROUPS_ATTRIBUTE", default="groups"),
        },
        trusts_addresses=env.bool("OIDC_ADDRESSES_TRUSTED", default=False),
        only=env.bool("SSO_ONLY", default=False),
        second_factor_there=env.str("SSO_SECOND_FACTOR", default="here") == "provider",
    )


def social_providers(known: SingleSignOn) -> Providers:
    """The same as django-allauth wants it."""
    found: Providers = {}
    if Protocol.OIDC in known.protocols:
        found["openid_connect"] = {"APPS": [_oidc(known)], "OAUTH_PKCE_ENABLED": True}
    if Protocol.SAML in known.protocols:
        found["saml"] = {"APPS": [_saml(known)]}
    return found


def _oidc(known: SingleSignOn) -> Providers:
    return {
        "provider_id": "company",
        "name": known.protocols[Protocol.OIDC],
        "client_id": env.str("OIDC_CLIENT_ID", default=""),
        "secret": env.str("OIDC_CLIENT_SECRET", default=""),
        "settings": {"server_url": env.str("OIDC_ISSUER").rstrip("/"), "oauth_pkce_enabled": True},
    }


def _saml(known: SingleSignOn) -> Providers:
    mapping = {}
    if address := env.str("SAML_EMAIL_ATTRIBUTE", default=""):
        mapping = {"attribute_mapping": {"email": address}}
    return {
        "provider_id": env.str("SAML_ENTITY_ID"),
        "client_id": "company",
        "name": known.protocols[Protocol.SAML],
        "settings": {
            **mapping,
            "idp": {
                "entity_id": env.str("SAML_ENTITY_ID"),
                "sso_url": env.str("SAML_SSO_URL", default=""),
                "x509cert": env.str("SAML_CERTIFICATE", default=""),
            },
            # Assertions must be signed, strictly checked, and an answer to a question of ours.
            "advanced": {
                "want_assertion_signed": True,
                "reject_deprecated_algorithm": True,
                "reject_idp_initiated_sso": True,
                "want_attribute_statement": False,
            },
        },
    }


def origins() -> list[str]:
    """Where a form of ours may lead to: the providers' own pages."""
    found = [urlsplit(env.str(name, default="")) for name in ("OIDC_ISSUER", "SAML_SSO_URL")]
    return [f"{part.scheme}://{part.netloc}" for part in found if part.netloc]
