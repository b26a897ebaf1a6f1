//! Every page works where no script runs.

use serde_json::json;

use crate::{
    chromium::Browser,
    world::{ALLOW, LOG_IN_WITH, NOTICE, World},
};

#[tokio::test]
async fn the_whole_story_needs_no_script() {
    let world = World::start();
    let browser = Browser::start("without_scripts").await;
    browser.command("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    // It is really off: a page whose script would change it stays as it is.
    browser.open("data:text/html,<p id=off>off</p><script>document.body.textContent='on'</script>").await;
    assert_eq!(browser.page().await, "off");

    world.sign_up(&browser).await;
    world.withdraw(&browser).await;
    browser.open(&world.site).await;
    assert!(browser.text(NOTICE).await.contains("logged out"));
    browser.follow(LOG_IN_WITH).await;
    browser.wait_for(ALLOW).await;
}
