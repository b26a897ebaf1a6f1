// `openid-client` of npm against a demo of Keystead, whose ready line comes on stdin. Prints what it proved.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as oidc from 'openid-client'
import { Person } from './person.mjs'

const demo = JSON.parse(readFileSync(0, 'utf8'))
const { client_id, client_secret, redirect_uri } = demo.application
const scope = 'openid profile email offline_access read'
const person = new Person(redirect_uri)
const proved = (sentence) => console.log(`  ${sentence}`)

const discover = (id, secret) =>
  oidc.discovery(new URL(demo.issuer), id, undefined, oidc.ClientSecretBasic(secret), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })
const config = await discover(client_id, client_secret)
const api = await discover(demo.resource_server.client_id, demo.resource_server.client_secret)
const server = config.serverMetadata()
assert.equal(server.issuer, demo.issuer)
assert.deepEqual(server.code_challenge_methods_supported, ['S256'])
assert.equal(server.authorization_response_iss_parameter_supported, true)
proved('discovery: the issuer, PKCE by S256, `iss` in answers')

// What an application asks for, and how it checks the answer.
async function ask(more = {}, build = oidc.buildAuthorizationUrl) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  }
  const url = await build(config, {
    redirect_uri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return { url, checks }
}
const redeem = ({ checks }, page) => oidc.authorizationCodeGrant(config, page.answer, checks)
const refused = (promise, expected) =>
  assert.rejects(promise, (error) => (error.error ?? error.code) === expected || assert.fail(error))
const active = async (token) => (await oidc.tokenIntrospection(api, token)).active

// The first login: password, consent, tokens.
let asked = await ask()
let page = await person.open(asked.url)
page = await person.submit(page, '/login', demo.user)
assert.equal(page.url?.pathname, '/consent')
page = await person.submit(page, '/consent', {}, 'allow')
const tokens = await redeem(asked, page)
const claims = tokens.claims()
assert.deepEqual([claims.iss, [claims.aud].flat()], [demo.issuer, [client_id]])
assert.match(claims.sub, /^usr_/)
proved('login and consent: the code is redeemed, the id_token is signed with RS256 and has our nonce')
await refused(redeem(asked, page), 'invalid_grant')
assert.equal(await active(tokens.access_token), false)
await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant')
proved('a code that is redeemed twice ends what the first time gave')

// The second: neither password nor consent.
const login = async (more, build) => {
  const asked = await ask(more, build)
  const page = await person.open(asked.url)
  assert.ok(page.answer, `a page is shown: ${page.url}`)
  return redeem(asked, page)
}
const second = await login()
assert.equal(second.claims().sub, claims.sub)
const quiet = await login({ prompt: 'none' })
assert.equal(quiet.claims().sub, claims.sub)
const pushed = await login({}, oidc.buildAuthorizationUrlWithPAR)
assert.equal(pushed.claims().sub, claims.sub)
proved('later logins show no page, with `prompt=none` and with a pushed request (PAR) too')

const user = await oidc.fetchUserInfo(config, second.access_token, claims.sub)
assert.equal(user.name, 'Demo user')
proved('userinfo is of the same user')
const told = await oidc.tokenIntrospection(api, second.access_token)
assert.deepEqual([told.active, told.sub, told.client_id], [true, claims.sub, client_id])
proved('the API learns by introspection who calls')

const refreshed = await oidc.refreshTokenGrant(config, second.refresh_token)
assert.notEqual(refreshed.access_token, second.access_token)
assert.notEqual(refreshed.refresh_token, second.refresh_token)
assert.ok(await active(refreshed.access_token))
const repeated = await oidc.refreshTokenGrant(config, second.refresh_token)
assert.equal(repeated.refresh_token, refreshed.refresh_token)
proved('refresh gives new tokens, and the same ones to a repeated request')
await oidc.tokenRevocation(config, refreshed.refresh_token)
for (const { access_token } of [second, refreshed, repeated]) {
  assert.equal(await active(access_token), false)
}
await refused(oidc.refreshTokenGrant(config, refreshed.refresh_token), 'invalid_grant')
assert.ok(await active(quiet.access_token))
proved('revocation of a refresh token ends this login and no other')

asked = await ask({ prompt: 'consent' })
page = await person.submit(await person.open(asked.url), '/consent', {}, 'deny')
await refused(redeem(asked, page), 'access_denied')
asked = await ask()
page = await person.open(asked.url)
await refused(redeem({ checks: { ...asked.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() } }, page), 'invalid_grant')
await refused(oidc.genericGrantRequest(config, 'password', { username: demo.user.login, password: demo.user.password }), 'unsupported_grant_type')
proved('refused: a denied consent, a wrong PKCE verifier, and the password itself')

page = await person.open(`${demo.issuer}/account/applications`)
await person.submit(page, '/account/applications/withdraw', {})
assert.equal(await active(quiet.access_token), false)
await refused(oidc.refreshTokenGrant(config, quiet.refresh_token), 'invalid_grant')
asked = await ask({ prompt: 'none' })
page = await person.open(asked.url)
await refused(redeem(asked, page), 'consent_required')
page = await person.open((await ask()).url)
assert.equal(page.url?.pathname, '/consent')
proved('the user withdraws access: nothing is active any more, and consent is asked again')
