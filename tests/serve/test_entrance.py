import ssl

import trustme

from scanner.serve.entrance import Entrance
from scanner.serve.users import make_user
from tests.serve.conftest import TOKEN, serving


def door_of(*users):
    held = {user.name: user for user in users}
    return Entrance(users=held, token="", tls=True, hosts=frozenset())


async def test_users_sign_in_with_their_password():
    entrance = door_of(make_user("alice", "correct horse"))
    assert (await entrance.sign_in("alice", "wrong horse!", "a"))[0] is None
    assert (await entrance.sign_in("mallory", "correct horse", "a"))[0] is None
    session, wait_s = await entrance.sign_in("alice", "correct horse", "a")
    assert (entrance.sessions.who(session), wait_s) == ("alice", 0.0)


async def test_a_name_that_is_guessed_from_many_places_waits_too():
    entrance = door_of(make_user("alice", "correct horse"))
    waits = [(await entrance.sign_in("alice", "wrong", f"10.0.0.{number}"))[1] for number in range(6)]
    assert waits[0] == 0.0
    assert waits[-1] > 0.0


async def test_over_tls_the_cookie_is_bound_to_this_host(filled):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    entrance = door_of(make_user("alice", "correct horse"))
    async with serving(filled, entrance, context) as page:
        url = page.url.replace("http:", "https:")
        form = {"name": "alice", "secret": "correct horse"}
        more = {"ssl": trusting, "headers": {"Origin": url}, "allow_redirects": False}
        async with page.client.post(f"{url}/login", data=form, **more) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"]
        assert cookie.startswith("__Host-exposure=")
        assert "Secure" in cookie
        async with page.client.get(f"{url}/", ssl=trusting) as answer:
            assert (answer.status, "alice" in await answer.text()) == (200, True)
        # Where there are users there is no token.
        async with page.client.get(f"{url}/runs", ssl=trusting, headers={"Authorization": "Bearer "}) as answer:
            assert answer.status == 200
    assert TOKEN != entrance.token == ""
