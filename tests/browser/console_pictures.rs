//! Every page of the console as people see it: light, dark, and on a phone; with nothing in it, with long names, and with a
//! thousand rows. `cargo test --test browser pictures` keeps the pictures in `screenshots/` of the target folder, and fails
//! where axe-core or `look.js` find something wrong.

use crate::{
    chromium::Browser,
    desk::{Crowd, Desk, SUBMIT},
    pictures::take,
};

/// Opens each page and takes its pictures.
async fn take_all(browser: &Browser, desk: &Desk, pages: &[(&str, String)]) {
    for (name, path) in pages {
        browser.open(&desk.at(path)).await;
        browser.wait_for("main h1").await;
        take(browser, &format!("console-{name}")).await;
    }
    assert_eq!(browser.console().await, Vec::<String>::new(), "no page breaks its policy");
}

#[tokio::test]
async fn pictures_of_keys() {
    let desk = Desk::start();
    let browser = Browser::start("pictures-keys").await;
    desk.open(&browser, &desk.of_space("keys")).await;
    let (space, key) = (format!("/spaces/{}", desk.space), format!("/keys/{}", desk.key.0));
    let pages = [
        ("spaces", "/spaces".to_owned()),
        ("keys", format!("{space}/keys")),
        ("keys-none-found", format!("{space}/keys?q=nothing")),
        ("key", key.clone()),
        ("key-edit", format!("{key}/edit")),
        ("key-roles", format!("{key}/roles")),
        ("key-rotate", format!("{key}/rotate")),
        ("key-regenerate", format!("{key}/regenerate")),
        ("key-disable", format!("{key}/disable")),
        ("account-keys-none", "/account/keys".to_owned()),
        ("account-key-new", "/account/keys/new".to_owned()),
    ];
    take_all(&browser, &desk, &pages).await;

    browser.open(&desk.of_space("keys/new")).await;
    browser.fill("#name", "Nightly").await;
    browser.fill("#networks", "300.1.1.1").await;
    browser.follow(SUBMIT).await;
    take(&browser, "console-key-new-wrong").await;
    browser.open(&desk.of_space("keys/new")).await;
    take(&browser, "console-key-new").await;
    browser.fill("#name", "Nightly").await;
    browser.follow(SUBMIT).await;
    browser.wait_for(".secret").await;
    take(&browser, "console-secret").await;
}

#[tokio::test]
async fn pictures_of_people() {
    let desk = Desk::start();
    let crowd = Crowd::of(&desk);
    let browser = Browser::start("pictures-people").await;
    desk.open(&browser, &desk.of_space("users")).await;
    let (space, jo, robot) =
        (format!("/spaces/{}", desk.space), format!("/users/{}", crowd.jo), format!("/users/{}", crowd.robot));
    let pages = [
        ("users", format!("{space}/users")),
        ("users-none-found", format!("{space}/users?q=nobody")),
        ("user-new", format!("{space}/users/new")),
        ("guest-new", format!("{space}/guests/new")),
        ("user", jo.clone()),
        ("user-service", robot),
        ("user-edit", format!("{jo}/edit")),
        ("user-roles-new", format!("{jo}/roles/new")),
        ("user-workspaces", format!("{jo}/workspaces")),
        ("user-disable", format!("{jo}/disable")),
        ("user-delete", format!("{jo}/delete")),
        ("user-setup-link", format!("{jo}/setup-link")),
        ("user-key-new", format!("{jo}/keys/new")),
        ("key-of-user-roles", format!("/keys/{}/roles", crowd.key_of_jo)),
        ("workspaces", format!("{space}/workspaces")),
        ("workspace-new", format!("{space}/workspaces/new")),
        ("workspace", "/workspaces/1001".to_owned()),
        ("workspace-close", "/workspaces/1001/close".to_owned()),
    ];
    take_all(&browser, &desk, &pages).await;
}

#[tokio::test]
async fn pictures_of_roles_and_audit() {
    let desk = Desk::start();
    let _crowd = Crowd::of(&desk);
    for _ in 0..3 {
        assert_eq!(desk.token(&desk.key.0, &desk.key.1).status, 200);
    }
    let browser = Browser::start("pictures-audit").await;
    desk.open(&browser, &desk.of_space("roles")).await;
    let space = format!("/spaces/{}", desk.space);
    let pages = [
        ("roles", format!("{space}/roles")),
        ("role-new", format!("{space}/roles/new")),
        ("role-copy", format!("{space}/roles/copy?from=viewer")),
        ("audit", format!("{space}/audit")),
        ("audit-filtered", format!("{space}/audit?key={}", desk.key.0)),
        ("audit-unreadable", format!("{space}/audit?user=nobody")),
        ("audit-none", format!("{space}/audit?action=webhook.create")),
        ("audit-export", format!("{space}/audit/export")),
        ("audit-of-site", "/site/audit".to_owned()),
        ("calendar", format!("{space}/keys/calendar")),
    ];
    take_all(&browser, &desk, &pages).await;
    browser.open(&desk.at(&format!("/keys/{}", desk.key.0))).await;
    browser.wait_for("svg.chart").await;
    take(&browser, "console-key-in-use").await;
    browser.open(&desk.of_space("roles")).await;
    browser.follow("main tbody th a").await;
    take(&browser, "console-role").await;
    browser.open(&desk.of_space("audit")).await;
    browser.follow("main tbody a[href*='/audit/aud_']").await;
    take(&browser, "console-audit-event").await;
}

#[tokio::test]
async fn pictures_of_settings_and_site() {
    let desk = Desk::start();
    let browser = Browser::start("pictures-settings").await;
    desk.open(&browser, &desk.of_space("settings")).await;
    let settings = format!("/spaces/{}/settings", desk.space);
    let pages = [
        ("settings", settings.clone()),
        ("settings-name", format!("{settings}/name")),
        ("settings-rules", format!("{settings}/rules")),
        ("settings-pair-life", format!("{settings}/pair-life")),
        ("settings-logins", format!("{settings}/logins")),
        ("settings-applications", format!("{settings}/applications")),
        ("settings-keys-off", format!("{settings}/keys/off")),
        ("site-spaces", "/site/spaces".to_owned()),
        ("site-space-new", "/site/spaces/new".to_owned()),
        ("site-space-close", format!("/site/spaces/{}/close", desk.space)),
        ("site-signing-keys", "/site/signing-keys".to_owned()),
        ("site-signing-keys-rotate", "/site/signing-keys/rotate".to_owned()),
        ("site-expiring-keys", "/site/expiring-keys".to_owned()),
        ("site-health", "/site/health".to_owned()),
    ];
    take_all(&browser, &desk, &pages).await;
}

#[tokio::test]
async fn pictures_of_ones_own_and_of_the_inspector() {
    let desk = Desk::start();
    let browser = Browser::start("pictures-account").await;
    desk.open(&browser, &desk.at("/account/clients")).await;
    let pages = [
        ("account-applications", "/account/applications".to_owned()),
        ("account-clients-none", "/account/clients".to_owned()),
        ("account-client-new", "/account/clients/new".to_owned()),
        ("account-sessions", "/account/sessions".to_owned()),
        ("account-password", "/account/password".to_owned()),
        ("inspector", "/inspect".to_owned()),
        ("not-found", "/keys/key_1".to_owned()),
    ];
    for (name, path) in &pages {
        browser.open(&desk.at(path)).await;
        take(&browser, &format!("console-{name}")).await;
    }
    let token = desk.token(&desk.key.0, &desk.key.1).text("access_token");
    browser.open(&desk.at("/inspect")).await;
    browser.fill("main input[type=text], main input:not([type=hidden])", &token).await;
    browser.follow(SUBMIT).await;
    take(&browser, "console-inspector-active").await;
    desk.operator(&["key", "disable", &desk.key.0]);
    browser.open(&desk.at("/inspect")).await;
    browser.fill("main input[type=text], main input:not([type=hidden])", &token).await;
    browser.follow(SUBMIT).await;
    take(&browser, "console-inspector-not-active").await;
}

#[tokio::test]
async fn pictures_of_a_thousand_keys() {
    let desk = Desk::start();
    desk.import_keys(1_000);
    let browser = Browser::start("pictures-many").await;
    desk.open(&browser, &desk.of_space("keys")).await;
    let keys = format!("/spaces/{}/keys", desk.space);
    let pages = [("keys-1000", keys.clone()), ("keys-1000-by-name", format!("{keys}?sort=name"))];
    take_all(&browser, &desk, &pages).await;
    browser.follow("a[rel=next]").await;
    take(&browser, "console-keys-1000-next").await;
}
