//! What every page keeps in every state, whoever typed what.

#[cfg(test)]
mod html;
#[cfg(test)]
mod style;

// The gallery for looking at the pages has the list of all of them.
#[path = "../../../examples/page_gallery/account_states.rs"]
mod account_states;
#[path = "../../../examples/page_gallery/states.rs"]
mod states;

use std::collections::BTreeSet;

use super::assets;
use crate as library;
use html::{Tag, tags};
use states::{State, Texts};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{202E}{{7*7}}&quot; style=x";

fn usual() -> Vec<State> {
    states::all("/id", &Texts::usual())
}

fn each(check: impl Fn(&str, &[Tag])) {
    for State { name, html } in usual() {
        check(&name, &tags(&html));
    }
}

#[test]
fn whatever_people_type_stays_text() {
    let hostile = Texts {
        person: HOSTILE,
        login: HOSTILE,
        application: HOSTILE,
        space: HOSTILE,
        scope: HOSTILE,
        device: HOSTILE,
    };
    for (calm, attacked) in usual().into_iter().zip(states::all("/id", &hostile)) {
        let bones = |html: &str| tags(html).iter().map(Tag::bones).collect::<Vec<_>>();
        assert_eq!(bones(&calm.html), bones(&attacked.html), "{}", calm.name);
        assert!(!attacked.html.contains('\u{202E}'), "{}", calm.name);
    }
}

#[test]
fn every_field_has_a_label() {
    each(|name, tags| {
        let labelled: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.get("for")).collect();
        let mut in_label = false;
        for tag in tags {
            match tag.name.as_str() {
                "label" => in_label = true,
                "/label" => in_label = false,
                "input" if tag.get("type") == Some("hidden") => {}
                "input" | "select" | "textarea" => {
                    let has_own = tag.get("id").is_some_and(|id| labelled.contains(id));
                    assert!(in_label || has_own || tag.has("aria-label"), "{name}: {tag:?}");
                }
                _ => {}
            }
        }
    });
}

#[test]
fn nothing_is_written_into_the_page_that_the_policy_refuses() {
    each(|name, tags| {
        for tag in tags {
            assert_ne!(tag.name, "style", "{name}");
            assert!(tag.name != "script" || tag.has("src"), "{name}: {tag:?}");
            for (attribute, value) in &tag.attributes {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {tag:?}");
                if ["href", "src", "action"].contains(&attribute.as_str()) {
                    let is_ours = value.starts_with("/id/") || value.starts_with('#');
                    assert!(is_ours && !value.contains("//"), "{name}: {tag:?}");
                }
            }
        }
    });
}

#[test]
fn pages_have_landmarks_one_heading_and_no_dangling_references() {
    each(|name, tags| {
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        assert_eq!([count("h1"), count("main"), count("title"), count("header")], [1; 4], "{name}");
        assert!(tags.iter().any(|tag| tag.name == "html" && tag.get("lang") == Some("en")), "{name}");
        assert!(tags.iter().any(|tag| tag.get("class") == Some("skip") && tag.get("href") == Some("#main")), "{name}");
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: an id stands twice");
        for attribute in ["for", "aria-describedby", "aria-labelledby"] {
            for reference in tags.iter().filter_map(|tag| tag.get(attribute)).flat_map(str::split_whitespace) {
                assert!(distinct.contains(reference), "{name}: {attribute} speaks of {reference}");
            }
        }
        let anchors = tags.iter().filter_map(|tag| tag.get("href")?.strip_prefix('#'));
        assert!(anchors.clone().all(|anchor| distinct.contains(anchor)), "{name}");
        assert!(tags.iter().filter(|tag| tag.has("autofocus")).count() <= 1, "{name}");
    });
}

#[test]
fn every_form_posts_a_token() {
    each(|name, tags| {
        for form in tags.split(|tag| tag.name == "form").skip(1) {
            let fields = form.iter().take_while(|tag| tag.name != "/form");
            let tokens = fields.filter(|tag| tag.get("name") == Some("csrf")).count();
            assert_eq!(tokens, 1, "{name}");
        }
        let posts = |tag: &&Tag| tag.get("method") == Some("post");
        assert!(tags.iter().filter(|tag| tag.name == "form").all(|tag| posts(&tag)), "{name}");
    });
}

#[test]
fn the_first_button_of_a_page_sends_its_form() {
    each(|name, tags| {
        let first = tags.iter().find(|tag| tag.name == "button");
        assert!(first.is_none_or(|button| !button.has("type")), "{name}");
    });
    let consent = usual().into_iter().find(|state| state.name == "consent-many").expect("a consent page");
    let first = tags(&consent.html).into_iter().find(|tag| tag.name == "button").expect("a button");
    assert_eq!(first.get("value"), Some("allow"));
}

#[test]
fn optional_scopes_are_ticked_and_required_ones_are_not_asked() {
    let consent = usual().into_iter().find(|state| state.name == "consent-many").expect("a consent page");
    let tags = tags(&consent.html);
    let boxes: Vec<&Tag> = tags.iter().filter(|tag| tag.get("type") == Some("checkbox")).collect();
    let values: Vec<&str> = boxes.iter().filter_map(|tag| tag.get("value")).collect();
    assert_eq!(values, ["email", "write", "offline_access"]);
    assert!(boxes.iter().all(|tag| tag.has("checked") && tag.get("name") == Some("scope")));
}

#[test]
fn secrets_are_never_written_back_into_a_form() {
    each(|name, tags| {
        for field in tags.iter().filter(|tag| tag.get("type") == Some("password")) {
            assert_eq!(field.get("value").unwrap_or_default(), "", "{name}");
            assert!(field.get("autocomplete").is_some_and(|way| way.ends_with("-password")), "{name}");
        }
    });
}

#[test]
fn the_answer_to_a_forgotten_password_is_the_same_for_everybody() {
    let sent = |texts: &Texts| {
        states::all("", texts).into_iter().find(|state| state.name == "forgotten-sent").map(|state| state.html)
    };
    assert_eq!(sent(&Texts::usual()), sent(&Texts::long()));
}

#[test]
fn a_page_weighs_less_than_sixty_kilobytes() {
    let shared: usize = [assets::style(), assets::script(), assets::icon()]
        .iter()
        .filter_map(|name| assets::content(name))
        .map(|(content, _)| content.len())
        .sum();
    for State { name, html } in usual().into_iter().filter(|state| !state.name.ends_with("-50")) {
        assert!(!html.is_empty() && html.len() + shared < 60_000, "{name}: {} + {shared}", html.len());
    }
}
