//! Every page in every state, as `examples/page_gallery` writes them: how it looks, as far as a program can judge it.

use std::fmt::Write as _;

use crate::{chromium::Browser, support::process::finish, world::example};

#[tokio::test]
async fn every_page_can_be_read_in_every_state() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    finish(example("page_gallery").arg(folder.path())).succeeded();
    let files = std::fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("a file").path());
    let pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "html")).collect();
    assert!(pages.len() > 20, "{pages:?}");

    let browser = Browser::start("gallery").await;
    let mut complaints = String::new();
    for page in pages.iter().filter(|page| !page.ends_with("index.html")) {
        browser.open(&format!("file://{}", page.display())).await;
        for (way, scheme, width) in
            [("light", "light", None), ("dark", "dark", None), ("on a phone", "light", Some(320))]
        {
            browser.prefer(scheme).await;
            match width {
                Some(width) => browser.narrow(width).await,
                None => browser.wide().await,
            }
            for complaint in browser.look().await {
                let name = page.file_stem().unwrap_or_default().display();
                writeln!(complaints, "{name}, {way}: {complaint}").expect("a string takes all");
            }
        }
        browser.wide().await;
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[tokio::test]
async fn the_look_at_a_page_finds_what_is_wrong() {
    let browser = Browser::start("look").await;
    let looked = async |body: &str| {
        browser.open(&format!("data:text/html,<html lang=en><title>A</title><main><h1>A</h1>{body}</main>")).await;
        browser.look().await
    };
    assert_eq!(
        looked("<p>Text <a href='/'>and a link</a><p><label>A <input name=a style='height:24px'></label>").await,
        [""; 0]
    );
    for (body, complaint) in [
        ("<p style='color:rgb(130,130,130)'>A", "contrast 3."),
        ("<p style='color:white; background:rgb(0 0 0 / 40%25)'>A", "contrast 2."),
        ("<input name=a style='height:24px'>", "no label"),
        ("<button style='height:20px'>A</button>", "20 is small"),
        ("<h1>B</h1>", "2 h1"),
        ("<p id=a>A<p id=a>A", "twice"),
        ("<p aria-describedby=b>A", "b is named and not there"),
        ("<p style='width:3000px'>A", "the page is 3"),
    ] {
        let complaints = looked(body).await;
        assert!(matches!(&complaints[..], [one] if one.contains(complaint)), "{body}: {complaints:?}");
    }
}
