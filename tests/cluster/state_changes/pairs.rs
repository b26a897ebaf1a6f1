//! What is done to a pair, and what its end does to its tokens.

use std::time::Duration;

use keystead::domain::time::Timestamp;
use serde_json::{Value, json};

use super::scene::{Scene, Watched, Way, new_credential, viewer};
use crate::on_both;

/// A moment that comes, but not before a pair that ends then was made and watched.
fn soon(scene: &Scene) -> Timestamp {
    scene.now().plus(Duration::from_secs(5)).in_whole_seconds()
}

/// Adds a pair that ends there, and watches it.
fn added(scene: &Scene, way: Way<'_>, key: &str, expires: &str) -> Watched {
    let body = json!({ "expires": expires });
    let command = ["key", "add-pair", key, "--expires", expires];
    scene.watch(new_credential(&scene.make(way, &format!("POST /keys/{key}/pairs"), &body, &command)))
}

/// When a pair ends, as the API shows it.
fn end_of(scene: &Scene, key: &str, pair: &str) -> Timestamp {
    let shown = scene.administer(&format!("GET /keys/{key}"), &Value::Null);
    let pairs = shown["pairs"].as_array().expect("a list");
    let found = pairs.iter().find(|shown| shown["public_id"] == pair).expect("the pair");
    found["expires_at"].as_str().expect("an end").parse().expect("a time")
}

on_both! {
    // Covers: L096, L093, KM-05, I9, IN-09
    #[test]
    fn a_pair_is_deleted_and_the_other_goes_on(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let first = scene.key_with(&json!([viewer(&[1001])]));
            let id = first.id();
            let second = added(&scene, way, id, "none");
            let pair = first.key.public_id.as_str();
            let request = format!("DELETE /keys/{id}/pairs/{pair}");
            scene.make(way, &request, &Value::Null, &["key", "delete-pair", id, pair]);
            scene.assert_dead(&first);
            scene.assert_lives(&second);
            scene.assert_others_live();

            // Its place is free, its id is not.
            let third = added(&scene, way, id, "none");
            assert_ne!(third.key.public_id, first.key.public_id);
            scene.assert_dead(&first);
            scene.assert_lives(&second);
        }
    }

    // Covers: L122, KM-04, I9
    #[test]
    fn a_pair_ends_at_its_moment_whether_it_was_made_so_or_shortened(backend) {
        let scene = Scene::new(backend);
        let mut pairs: Vec<(Watched, Timestamp)> = Vec::new();
        let mut lasting: Vec<Watched> = Vec::new();
        for way in scene.ways() {
            // These were to live for 90 days, and tokens of them are out already.
            let key = scene.key_with(&json!([viewer(&[1001])]));
            let other = scene.key_with(&json!([viewer(&[1002])]));
            let shortened = added(&scene, way, other.id(), "90d");
            lasting.push(other);
            // What people do not see of an end does not count.
            let end = soon(&scene);
            let text = end.to_string().replace('Z', ".9Z");
            let (id, pair) = (shortened.id(), shortened.key.public_id.as_str());
            let request = format!("PATCH /keys/{id}/pairs/{pair}");
            scene.make(way, &request, &json!({ "expires": text }), &["key", "set-expiry", id, pair, &text]);
            assert_eq!(end_of(&scene, id, pair), end);
            pairs.push((shortened, end));
            // This one is made so.
            let end = soon(&scene);
            let (body, text) = (json!({ "expires": end }), end.to_string());
            let command = ["key", "add-pair", key.id(), "--expires", &text];
            let made = scene.make(way, &format!("POST /keys/{}/pairs", key.id()), &body, &command);
            pairs.push((scene.watch(new_credential(&made)), end));
            lasting.push(key);
        }
        for (pair, end) in &pairs {
            scene.assert_ends_at(pair, *end);
        }
        for pair in &lasting {
            scene.assert_lives(pair);
        }
        scene.assert_others_live();
        for (pair, _) in &pairs {
            let request = format!("PATCH /keys/{}/pairs/{}", pair.id(), pair.key.public_id);
            assert_eq!(scene.refused(&request, &json!({ "expires": "none" })), "pair_expired");
        }
    }

    // Covers: L101, L094, KM-03, KM-04, I9
    #[test]
    fn a_key_is_rotated_softly_and_the_old_pair_ends_when_it_was_told_to(backend) {
        let scene = Scene::new(backend);
        let keys: Vec<[Watched; 2]> = scene.ways().into_iter().map(|way| {
            let old = scene.key_with(&json!([viewer(&[1001])]));
            let id = old.id();
            let body = json!({ "expires": "none", "retire_other_after_seconds": 2 });
            let command = ["key", "add-pair", id, "--expires", "none", "--retire-other-after", "2s"];
            let new = new_credential(&scene.make(way, &format!("POST /keys/{id}/pairs"), &body, &command));
            let new = scene.watch(new);
            assert_eq!(scene.refused(&format!("POST /keys/{id}/pairs"), &body), "pair_limit");
            [old, new]
        }).collect();
        for [old, new] in &keys {
            let end = end_of(&scene, old.id(), old.key.public_id.as_str());
            scene.assert_ends_at(old, end);
            scene.assert_lives(new);
            scene.renewed(new);
        }
        scene.assert_others_live();
    }
}
