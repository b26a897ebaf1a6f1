//! Somebody who logged in to an application: all that came of it, and what of that still works.

use std::num::NonZeroUsize;

use keystead::{
    crypto::password::PasswordHasher,
    domain::authority::Authority,
    manage::{self, users::SetPassword},
};
use serde_json::{Value, json};

use super::scene::Scene;
use crate::{
    installation::{Node, credential},
    support::{
        browser::{Browser, PASSWORD},
        http::Response,
        log_in_with::{CALLBACK, TestApplication, Tokens, allow, claims, tokens},
    },
};

const SCOPES: [&str; 4] = ["openid", "offline_access", "read", "write"];

/// What works of a login.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that works or does not")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Works {
    /// A code that was not exchanged yet.
    pub(super) code: bool,
    /// The access token, at resource servers, gateways and userinfo.
    pub(super) access: bool,
    /// The refresh token.
    pub(super) refresh: bool,
    /// An access token and a code that were not given to outlast the session.
    pub(super) passing: bool,
    /// The cookie of the browser.
    pub(super) session: bool,
    /// A consent page that is open in the browser: whether its answer gives a code.
    pub(super) question: bool,
}

impl Works {
    pub(super) const ALL: Self =
        Self { code: true, access: true, refresh: true, passing: true, session: true, question: true };
    pub(super) const NONE: Self =
        Self { code: false, access: false, refresh: false, passing: false, session: false, question: false };
    /// What the application has is dead, and what the browser has is not.
    pub(super) const BROWSER: Self = Self { session: true, question: true, ..Self::NONE };
    pub(super) const SESSION: Self = Self { session: true, ..Self::NONE };
}

/// A user, an application, and what there is between them.
pub(super) struct Login<'s> {
    scene: &'s Scene,
    pub(super) user: String,
    pub(super) application: TestApplication,
    browser: Browser,
    pub(super) lasting: Tokens,
    passing: Tokens,
    codes: Option<[String; 2]>,
    question: Option<Response>,
}

impl<'s> Login<'s> {
    /// A new user of the space with these roles, and an application of the space.
    pub(super) fn new(scene: &'s Scene, login: &str, roles: &[Value]) -> Self {
        let application = application_of(scene, &json!([]));
        Self::at(scene, login, roles, application, "")
    }

    /// The same at this application, for this API.
    pub(super) fn at(
        scene: &'s Scene,
        login: &str,
        roles: &[Value],
        application: TestApplication,
        resource: &str,
    ) -> Self {
        let user = scene.user(login, roles);
        set_password(scene, &user);
        let client = &scene.nodes().next().expect("a server").client;
        let mut browser = Browser::logged_in(client, login);
        let (lasting, passing) = ("openid offline_access read write", "openid read write");
        let enter = |browser: &mut Browser, scope| {
            application.log_in(client, browser, &[("scope", scope), ("resource", resource)])
        };
        let got = [enter(&mut browser, lasting), enter(&mut browser, passing)];
        let codes =
            [lasting, passing].map(|scope| application.code(&mut browser, &[("scope", scope), ("resource", resource)]));
        let question = application.authorize(&mut browser, &[("prompt", "consent"), ("resource", resource)]);
        assert_eq!(question.status, 200, "{question:?}");
        let [lasting, passing] = got;
        let (codes, question) = (Some(codes), Some(question));
        Self { scene, user, application, browser, lasting, passing, codes, question }
    }

    /// The id of the consent.
    pub(super) fn grant(&self) -> String {
        claims(&self.lasting.access)["grant"].as_str().expect("a grant").to_owned()
    }

    /// The id of the session.
    pub(super) fn session(&self) -> String {
        claims(self.lasting.id.as_deref().expect("an id token"))["sid"].as_str().expect("a session").to_owned()
    }

    /// Exactly this works, on all servers. What can be used once is used up by that.
    #[track_caller]
    pub(super) fn assert_works(&mut self, expected: Works) {
        let scene = self.scene;
        for node in scene.nodes() {
            self.assert_lasting_things(node, expected);
            if let Some(codes) = &self.codes {
                for (code, works) in codes.iter().zip([expected.code, expected.passing]) {
                    let answer = self.application.exchange(&node.client, code);
                    assert_eq!(answer.status == 200, works, "a code: {answer:?}");
                }
            }
            if expected.code {
                self.codes = None;
            }
            if let Some(question) = &self.question {
                let answer = allow(&mut self.browser.at(&node.client), question);
                let leads_on = answer.header("location").is_some_and(|to| to.contains("code="));
                assert_eq!(leads_on, expected.question, "a consent page: {answer:?}");
                if expected.question {
                    self.question = None;
                }
            }
        }
    }

    /// After the cause was undone: what was dead is dead.
    #[track_caller]
    pub(super) fn assert_not_revived(&mut self, worked: Works) {
        if worked.session {
            // Whoever is logged in may answer it now.
            self.question = None;
        }
        self.assert_works(worked);
    }

    #[track_caller]
    fn assert_lasting_things(&mut self, node: &Node, expected: Works) {
        let api = &self.scene.site.api;
        for (token, works) in [(&self.lasting.access, expected.access), (&self.passing.access, expected.passing)] {
            let said = node.introspect(api, token).json();
            assert_eq!(said["active"], works, "an access token: {said}");
            let gateway = node.client.get("/oauth/verify").header("X-Keystead-Gateway", &api.basic()).bearer(token);
            assert_eq!(gateway.send().status == 200, works, "an access token at a gateway");
            let status = node.client.get("/oauth/userinfo").bearer(token).send().status;
            assert_eq!(status, if works { 200 } else { 401 }, "an access token at userinfo");
        }
        assert_eq!(self.browser.at(&node.client).is_logged_in(), expected.session, "a session");
        let answer = self.application.refresh(&node.client, self.lasting.refresh.as_deref().expect("a token"));
        assert_eq!(answer.status == 200, expected.refresh, "a refresh token: {answer:?}");
    }

    /// Logs in again in the same browser, for what does not outlast the session.
    pub(super) fn renew_passing(&mut self) -> String {
        let client = &self.scene.nodes().next().expect("a server").client;
        self.passing = self.application.log_in(client, &mut self.browser, &[("scope", "openid read write")]);
        self.passing.access.clone()
    }

    /// What introspection says of the access token, on all servers.
    pub(super) fn introspection(&self) -> Value {
        self.scene.introspection(&self.lasting.access)
    }

    /// New tokens for the refresh token.
    pub(super) fn refreshed(&self) -> Tokens {
        let node = self.scene.nodes().next().expect("a server");
        tokens(&self.application.refresh(&node.client, self.lasting.refresh.as_deref().expect("a token")))
    }
}

/// A confidential application of the space that may ask tokens for these APIs.
pub(super) fn application_of(scene: &Scene, resources: &Value) -> TestApplication {
    let body = json!({
        "name": "Shop", "kind": "confidential", "redirect_uris": [CALLBACK], "scopes": SCOPES, "resources": resources,
    });
    application_from(&scene.administer(&format!("POST /spaces/{}/applications", scene.space), &body))
}

/// The application that was made.
pub(super) fn application_from(made: &Value) -> TestApplication {
    let made = credential(made);
    TestApplication { client_id: made.client_id, secret: Some(made.secret), redirect_uri: CALLBACK.to_owned() }
}

/// Gives the user the password that users of tests have, as another process.
pub(super) fn set_password(scene: &Scene, user: &str) {
    let hasher = PasswordHasher::new(NonZeroUsize::MIN, 0);
    let password = hasher.hash_blocking(PASSWORD).expect("a hash");
    let input = SetPassword { id: user.parse().expect("an id"), password };
    let deps = scene.site.deps();
    let change = |change: &mut keystead::store::Change<'_>| {
        manage::users::set_password(change, &deps, &Authority::OPERATOR, input)
    };
    scene.site.store().change(change).expect("the password is set");
}
