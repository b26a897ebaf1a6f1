//! What a new password must be: long enough, not too long, and none of those that everybody tries first (NIST SP 800-63B
//! section 3.1.1.2). There are no rules of composition: they make passwords worse.
//!
//! `common.txt` holds the most used passwords of Mark Burnett's collection of ten million, which he gave to the public
//! domain, in the ranking that ships with zxcvbn (MIT licence, see `LICENSE-zxcvbn.txt`): those of eight characters and
//! more, and the words of five to seven letters that others are made of.

use std::{collections::HashSet, sync::LazyLock};

use thiserror::Error;

/// Fewest characters of a password.
pub const MIN_CHARACTERS: usize = 8;
/// Most bytes of a password; nothing is ever cut off.
pub const MAX_BYTES: usize = 1024;

/// Characters that stand for themselves however common the word in front of them is.
const SELF_SUFFICIENT: usize = 15;

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Why a password cannot be set. Says nothing of the password itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("a password needs at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// Too many bytes.
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// A control character, which no form and no terminal sends the same way twice.
    #[error("a password has no control characters")]
    ControlCharacter,
    /// Among the first that anybody tries.
    #[error(
        "this password is among the first that anybody would try; choose another one, such as a few words in a row"
    )]
    TooCommon,
    /// Made of the login, the address or the name of this program.
    #[error("this password is made of the login, the e-mail address or the name of this program; choose another one")]
    LikeAccount,
}

/// Whether somebody with this login and these addresses may have this password.
///
/// # Errors
/// [`WeakPassword`].
pub fn check<'a>(password: &str, login: &str, emails: impl IntoIterator<Item = &'a str>) -> Result<(), WeakPassword> {
    check_form(password)?;
    if password.chars().count() < MIN_CHARACTERS {
        return Err(WeakPassword::TooShort);
    }
    let lower = password.to_lowercase();
    let names = emails.into_iter().flat_map(|email| [email, email.split('@').next().unwrap_or_default()]);
    for name in names.chain([login, "keystead"]).map(str::to_lowercase) {
        if is_made_of(&lower, &name) {
            return Err(WeakPassword::LikeAccount);
        }
    }
    if is_common(&lower) { Err(WeakPassword::TooCommon) } else { Ok(()) }
}

/// Whether a text can be a password at all, one that is set or one that is tried.
///
/// # Errors
/// [`WeakPassword::TooLong`], [`WeakPassword::ControlCharacter`].
pub fn check_form(password: &str) -> Result<(), WeakPassword> {
    if password.len() > MAX_BYTES {
        return Err(WeakPassword::TooLong);
    }
    if password.chars().any(char::is_control) { Err(WeakPassword::ControlCharacter) } else { Ok(()) }
}

/// Nothing but the name, forwards or backwards, perhaps repeated, with what people put around it.
fn is_made_of(lower: &str, name: &str) -> bool {
    if name.chars().count() < 3 {
        return lower == name;
    }
    let backwards: String = name.chars().rev().collect();
    let rest = lower.replace(name, "").replace(&backwards, "");
    rest.len() < lower.len()
        && rest.chars().filter(|character| character.is_alphabetic()).count() <= 2
        && rest.chars().count() <= 6
}

fn is_common(lower: &str) -> bool {
    let mut characters = lower.chars();
    let first = characters.next();
    if characters.all(|other| Some(other) == first) || is_row(lower) {
        return true;
    }
    [lower.to_owned(), plain(lower)].iter().any(|form| {
        let word = form.trim_matches(|edge: char| !edge.is_alphabetic());
        COMMON.contains(form.as_str())
            || (form.chars().count() < SELF_SUFFICIENT && COMMON.contains(word))
            || is_repetition(form)
    })
}

/// `abcdefgh`, `87654321`: each character is the neighbour of the one before.
fn is_row(lower: &str) -> bool {
    let codes: Vec<u32> = lower.chars().map(u32::from).collect();
    let steps = |step: i64| {
        codes.windows(2).all(|pair| matches!(pair, [one, next] if i64::from(*next) - i64::from(*one) == step))
    };
    steps(1) || steps(-1)
}

/// A common or short word, twice or more.
fn is_repetition(form: &str) -> bool {
    (1..=form.len() / 2).filter(|length| form.len().is_multiple_of(*length)).any(|length| {
        form.split_at_checked(length)
            .is_some_and(|(word, _)| (length <= 4 || COMMON.contains(word)) && word.repeat(form.len() / length) == form)
    })
}

/// Digits and signs that people write for letters, as the letters.
fn plain(lower: &str) -> String {
    let letter = |character| match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), WeakPassword> {
        check(password, "jo.doe", ["j.doe@example.com"])
    }

    // Covers: P6
    #[test]
    fn what_everybody_tries_first_is_refused() {
        for weak in [
            "password",
            "Password1!",
            "P@ssw0rd",
            "P@$$w0rd",
            "12345678",
            "87654321",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "qwertyuiop",
            "iloveyou",
            "Sunshine2024",
            "letmein!!",
            "dragon123",
            "abcabcabc",
            "monkeymonkey",
            "1q2w3e4r5t",
            "football",
        ] {
            assert_eq!(judged(weak), Err(WeakPassword::TooCommon), "{weak}");
        }
        assert!(COMMON.len() >= 3_000);
    }

    // Covers: P6
    #[test]
    fn nothing_is_asked_of_its_composition() {
        for strong in [
            "correct horse battery",
            "aaaabbbbccccdddd",
            "тихий вечер дома",
            "lowercaseonlyxq",
            "39482 17465 2",
            "mein hund bellt",
            "tr0ub4dor plays",
            "password of a very long sentence",
        ] {
            assert_eq!(judged(strong), Ok(()), "{strong}");
        }
    }

    // Covers: P6
    #[test]
    fn what_tells_who_somebody_is_is_no_password() {
        for own in ["jo.doe12", "JO.DOE!!", "eod.oj123", "j.doej.doe", "j.doe@example.com", "keystead", "Keystead1!"] {
            assert_eq!(judged(own), Err(WeakPassword::LikeAccount), "{own}");
        }
        assert_eq!(judged("jo.doe walks the dog"), Ok(()));
        assert_eq!(check("xo 7 fjords", "x", []), Ok(()));
    }

    // Covers: P5
    #[test]
    fn its_length_has_bounds() {
        assert_eq!(judged("sh0rt.."), Err(WeakPassword::TooShort));
        assert_eq!(judged("äöüäöü8"), Err(WeakPassword::TooShort), "characters count, not bytes");
        let numbers: Vec<String> = (0..256).map(|number| format!("{number:03}")).collect();
        let longest = numbers.join("-") + "!";
        assert_eq!((longest.len(), judged(&longest)), (MAX_BYTES, Ok(())));
        assert_eq!(judged(&"x".repeat(MAX_BYTES + 1)), Err(WeakPassword::TooLong));
        assert_eq!(judged("correct\0horse"), Err(WeakPassword::ControlCharacter));
    }
}
