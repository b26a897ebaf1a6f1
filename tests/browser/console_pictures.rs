//! Every page of the console as people see it: light, dark, and on a phone; with nothing in it, with long names, and with a
//! thousand rows. `cargo test --test browser pictures` keeps the pictures in `screenshots/` of the target folder, and fails
//! where axe-core or `look.js` find something wrong.

use crate::{
    chromium::Browser,
    desk::{Desk, SUBMIT},
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
