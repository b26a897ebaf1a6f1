//! Applications and consents of a test site.

use std::time::Duration;

use keystead::{
    domain::{
        application::ApplicationKind,
        authority::Authority,
        grant::{Grant, GrantedScope},
        ids::{ApplicationId, GrantId, UserId},
        key_pair::ExpiryPolicy,
        name::Description,
        redirect_uri::RedirectUri,
        user_scope::{UserScope, UserScopes},
    },
    manage::{self, applications::CreateApplication},
    store,
};

use super::site::{Credential, TestSite, name};

/// The place that users of these applications are sent back to.
pub const REDIRECT_URI: &str = "https://shop.example.com/callback";

/// What an application of the space is made from.
pub fn application_of(site: &TestSite) -> CreateApplication {
    CreateApplication {
        space: site.space,
        owner: None,
        name: name("Shop"),
        description: Description::default(),
        kind: ApplicationKind::Confidential,
        first_party: false,
        redirect_uris: vec![redirect_uri(REDIRECT_URI)],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        scopes: vec!["openid".to_owned(), "read".to_owned()],
        optional_scopes: vec!["profile".to_owned()],
        resources: Vec::new(),
        id_token_algorithm: None,
        expiry: ExpiryPolicy::Never,
    }
}

/// A redirect URI.
pub fn redirect_uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).expect("a redirect URI")
}

/// A confidential application, after `adjust` has had its say.
pub fn application(site: &TestSite, adjust: impl FnOnce(&mut CreateApplication)) -> Credential {
    let mut input = application_of(site);
    adjust(&mut input);
    let made = site.change(|change, deps| manage::applications::create(change, deps, &Authority::OPERATOR, input));
    let made = made.credential.expect("a confidential application");
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

/// The id of an application.
pub fn id_of(application: &Credential) -> ApplicationId {
    application.client_id.parse().expect("the id of an application")
}

/// What a user's consent to these scopes writes. Each is younger than the one before, as ids and the order of pages have it.
pub fn consent(site: &TestSite, user: UserId, application: ApplicationId, scopes: &[&str]) -> GrantId {
    site.clock.advance(Duration::from_millis(1));
    site.change(|change, _| {
        let since = change.seq();
        let granted = |scope: &&str| GrantedScope { scope: UserScope::parse(scope).expect("a scope"), since };
        let grant = Grant {
            id: change.new_id(),
            user,
            application,
            consented_at: since,
            scopes: scopes.iter().map(granted).collect(),
            left_out: UserScopes::default(),
            resources: Vec::new(),
        };
        store::grants::insert(change, &grant)?;
        Ok(grant.id)
    })
}
