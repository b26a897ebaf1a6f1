"""Authlib of PyPI against a demo of Keystead, whose ready line comes on stdin. Prints what it proved."""
import json, os, sys

# For issuers on this machine, which have no TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.errors import JoseError

from person import Page, Person

DEMO = json.load(sys.stdin)
APPLICATION, API = DEMO["application"], DEMO["resource_server"]
SCOPE = "openid profile email offline_access read"
PERSON = Person(APPLICATION["redirect_uri"])


class Site(OAuth2Mixin, OpenIDMixin, BaseApp):
    """What Authlib gives to a site of any web framework."""

    client_cls = OAuth2Session

    def _get_session(self):
        return without_proxies(super()._get_session())

    def _get_oauth_client(self, **metadata):
        return without_proxies(super()._get_oauth_client(**metadata))


def without_proxies(session):
    session.trust_env = False
    return session


SITE = Site(
    framework=None,
    client_id=APPLICATION["client_id"],
    client_secret=APPLICATION["client_secret"],
    server_metadata_url=DEMO["issuer"] + "/.well-known/openid-configuration",
    client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "token_endpoint_auth_method": "client_secret_basic"},
)


def proved(sentence):
    print(f"  {sentence}", flush=True)


def refused(expected, ask):
    """The request is refused with this error."""
    try:
        got = ask()
    except OAuthError as error:
        assert error.error == expected, f"{error.error} in place of {expected}"
    else:
        raise AssertionError(f"{got} in place of {expected}")


def ask(**more):
    return SITE.create_authorization_url(redirect_uri=APPLICATION["redirect_uri"], **more)


def redeem(asked, answer, **other):
    """As the callback of a site does."""
    asked = {**asked, **other}
    with SITE._get_oauth_client(**SITE.load_server_metadata(), redirect_uri=APPLICATION["redirect_uri"]) as client:
        return client.fetch_token(authorization_response=answer, state=asked["state"], code_verifier=asked["code_verifier"])


def session_of(identity, token=None):
    """A session that sends what a token endpoint, or a resource server, may send."""
    return without_proxies(OAuth2Session(identity["client_id"], identity["client_secret"], token=token,
                                         token_endpoint_auth_method="client_secret_basic",
                                         revocation_endpoint_auth_method="client_secret_basic"))


def introspect(token):
    return session_of(API).introspect_token(METADATA["introspection_endpoint"], token=token).json()


def refresh(token):
    return session_of(APPLICATION).refresh_token(METADATA["token_endpoint"], refresh_token=token)


METADATA = SITE.load_server_metadata()
OpenIDProviderMetadata({name: value for name, value in METADATA.items() if name != "_loaded_at"}).validate()
rfc8414.AuthorizationServerMetadata(METADATA).validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
assert METADATA["issuer"] == DEMO["issuer"]
proved("discovery: the documents are valid to Authlib")

# A login with password and consent.
asked = ask()
page = PERSON.submit(PERSON.open(asked["url"]), "/login", DEMO["user"])
answer = PERSON.submit(page, "/consent", pressed="allow")
try:
    redeem(asked, answer, state="another")
    raise AssertionError("Authlib takes an answer to another request")
except MismatchingStateException:
    pass
tokens = redeem(asked, answer)
user = SITE.parse_id_token(tokens, nonce=asked["nonce"])
assert user["sub"].startswith("usr_") and user["aud"] in (APPLICATION["client_id"], [APPLICATION["client_id"]]), user
assert set(tokens["scope"].split()) == set(SCOPE.split()), tokens["scope"]
proved("login and consent: the code is redeemed, the id_token is valid to Authlib")
try:
    SITE.parse_id_token(tokens, nonce="another")
    raise AssertionError("Authlib takes the id_token of another login")
except JoseError as error:
    assert "nonce" in str(error), error
proved("the id_token is bound to the nonce")

info = SITE.userinfo(token=tokens)
assert info["sub"] == user["sub"] and info["name"] == "Demo user", info
proved("userinfo is of the same user")
told = introspect(tokens["access_token"])
assert (told["active"], told["sub"], told["client_id"]) == (True, user["sub"], APPLICATION["client_id"]), told
proved("the API learns by introspection who calls")

# Without a page: the user is logged in and has consented.
asked = ask(prompt="none")
other = redeem(asked, PERSON.open(asked["url"]))
assert SITE.parse_id_token(other, nonce=asked["nonce"])["sub"] == user["sub"]
proved("a second login shows no page")

fresh = refresh(tokens["refresh_token"])
assert fresh["refresh_token"] != tokens["refresh_token"] and introspect(fresh["access_token"])["active"]
refused("invalid_scope", lambda: session_of(APPLICATION).refresh_token(
    METADATA["token_endpoint"], refresh_token=fresh["refresh_token"], scope="write"))
proved("refresh gives new tokens, and no more than was consented")
session_of(APPLICATION).revoke_token(METADATA["revocation_endpoint"], token=fresh["access_token"]).raise_for_status()
assert introspect(fresh["access_token"]) == {"active": False}
session_of(APPLICATION).revoke_token(METADATA["revocation_endpoint"], token=fresh["refresh_token"]).raise_for_status()
refused("invalid_grant", lambda: refresh(fresh["refresh_token"]))
assert introspect(tokens["access_token"]) == {"active": False} and introspect(other["access_token"])["active"]
proved("revocation ends an access token, and with the refresh token the whole login; another login goes on")

asked = ask()
answer = PERSON.open(asked["url"])
refused("invalid_grant", lambda: redeem(asked, answer, code_verifier="w" * 48))
asked = ask(prompt="login")
page = PERSON.open(asked["url"])
assert isinstance(page, Page) and page.url.startswith(DEMO["issuer"] + "/login"), page
proved("refused: a wrong PKCE verifier; `prompt=login` asks for the password again")
