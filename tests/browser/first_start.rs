//! A new site without the demo: the link that `init` prints makes the first administrator, who invites somebody, who sets a
//! first password.

use crate::{
    chromium::Browser,
    desk::SUBMIT,
    pictures::take,
    support::{
        canary::TestFolder,
        process::{Running, finish, keystead},
    },
    world::free_port,
};

const PASSWORD: &str = "a long enough sentence";

async fn set_password(browser: &Browser, link: &str) {
    browser.open(link).await;
    browser.fill("#password", PASSWORD).await;
    browser.follow("main form button").await;
}

// Covers: B3
#[tokio::test]
async fn the_link_of_a_new_site_leads_to_its_first_page_and_an_invitation_to_the_next_person() {
    let folder = TestFolder::new();
    let issuer = format!("http://127.0.0.1:{}", free_port());
    let at = |mut command: std::process::Command| {
        command.arg("--data-dir").arg(folder.path().join("site"));
        command
    };
    let made =
        finish(&mut at(keystead(&["init", "--issuer", &issuer, "--development", "--workspace", "One"]))).succeeded();
    let link = made.split_whitespace().find(|word| word.contains("/setup/")).expect("a link is printed").to_owned();
    let mut serve = at(keystead(&["serve"]));
    serve
        .env("KEYSTEAD_LISTEN__ADDRESS", issuer.trim_start_matches("http://"))
        .env("KEYSTEAD_MANAGEMENT__ADDRESS", "off");
    let server = Running::spawn(&mut serve);
    server.wait_for_error_line(|line| line.contains("serving") && line.contains(&issuer));

    let browser = Browser::start("first-start").await;
    set_password(&browser, &link).await;
    assert!(browser.url().await.path().ends_with("/keys"), "{}", browser.url().await);
    assert_eq!(browser.text("h1").await, "API access");
    browser.open(&link).await;
    assert!(browser.page().await.contains("does not work any more"));

    browser.open(&issuer).await;
    browser.follow("nav.tabs a[href$='/users']").await;
    browser.follow(".head a[href$='/users/new']").await;
    browser.fill("#login", "jo").await;
    browser.fill("#full_name", "Jo Example").await;
    browser.follow(SUBMIT).await;
    take(&browser, "console-user-new-person").await;
    browser.follow("a[href$='/invite']").await;
    browser.follow(SUBMIT).await;
    take(&browser, "console-invited").await;
    let invitation = browser.text("main code.copy").await;
    assert!(invitation.starts_with(&format!("{issuer}/setup/")), "{invitation}");

    let of_jo = Browser::start("first-start-jo").await;
    set_password(&of_jo, &invitation).await;
    assert!(
        of_jo.page().await.contains("Jo Example") && of_jo.url().await.path().starts_with("/account"),
        "{}",
        of_jo.url().await
    );
}
