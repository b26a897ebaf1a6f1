//! Colours that can be read, computed from the style sheet itself (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

const SHEET: &str = include_str!("../../../../static/app.css");

/// The colours of the light side, or those of the dark side.
fn colours(dark: bool) -> BTreeMap<&'static str, [u8; 3]> {
    let (light_half, dark_half) = SHEET.split_once("prefers-color-scheme: dark").expect("two sides");
    let half = if dark { dark_half } else { light_half };
    let (_, rest) = half.split_once(":root {").expect("a list of colours");
    let (list, _) = rest.split_once('}').expect("an end of it");
    list.split(';')
        .filter_map(|entry| entry.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, digits)| {
            let long: String = match digits.len() {
                3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
                _ => digits.to_owned(),
            };
            let all = u32::from_str_radix(&long, 16).expect("a colour").to_be_bytes();
            (name, [all[1], all[2], all[3]])
        })
        .collect()
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue))
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn the_arithmetic_knows_black_and_white() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
}

#[test]
fn texts_and_edges_stand_out_on_both_sides() {
    let texts = [
        ("ink", "paper"),
        ("ink", "ground"),
        ("quiet", "paper"),
        ("quiet", "ground"),
        ("accent", "paper"),
        ("accent", "ground"),
        ("on-accent", "accent"),
        ("ink", "accent-wash"),
        ("bad", "paper"),
        ("bad", "bad-wash"),
        ("warn", "paper"),
        ("ink", "warn-wash"),
        ("good", "paper"),
    ];
    for dark in [false, true] {
        let colours = colours(dark);
        for (text, ground) in texts {
            let found = contrast(colours[text], colours[ground]);
            assert!(found >= 4.5, "{text} on {ground}: {found:.2} (dark: {dark})");
        }
        let edge = contrast(colours["edge"], colours["paper"]);
        assert!(edge >= 3.0, "edges of fields: {edge:.2} (dark: {dark})");
    }
}

#[test]
fn nothing_moves_and_nothing_comes_from_elsewhere() {
    for word in ["transition", "animation", "@import", "url(", "http", "!important"] {
        assert!(!SHEET.contains(word), "{word}");
    }
}
