//! What people type to say who they are: a login or an address of mail, in whatever case and form their keyboard gives.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::{email::Email, user::Login};

/// Longest text that can name anybody, in bytes: an address has 254, and wide forms of letters take up to four.
pub const MAX_BYTES: usize = 1024;

/// Something typed where a login or an address is asked for, in its one canonical form (NFKC, lower case, trimmed). All
/// spellings of one name have the same form, so that each attempt on an account is counted with the others (P2).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountName {
    typed: String,
    canonical: String,
}

impl AccountName {
    /// What stands for everything that can name nobody.
    pub const NOBODY: Self = Self { typed: String::new(), canonical: String::new() };

    /// What was typed. None if it cannot name anybody: empty, or longer than any name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.trim();
        if typed.is_empty() || typed.len() > MAX_BYTES {
            return None;
        }
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        // Lower-casing can undo the normal form of a few letters, so it is made once more.
        let canonical = nfkc.normalize(&nfkc.normalize(typed).to_lowercase()).trim().to_owned();
        Some(Self { typed: typed.to_owned(), canonical })
    }

    /// The one form of all its spellings.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The logins that it may be: as typed, and in its canonical form.
    pub fn logins(&self) -> impl Iterator<Item = Login> {
        let typed = Login::parse(&self.typed);
        let canonical = Login::parse(&self.canonical).filter(|login| typed.as_ref() != Some(login));
        typed.clone().into_iter().chain(canonical)
    }

    /// The address that it may be, in lower case.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        Email::parse(&self.canonical).ok()
    }
}

/// Names of accounts stay out of logs: what is typed here is sometimes a password.
impl std::fmt::Debug for AccountName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("AccountName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: P2
    #[test]
    fn all_spellings_of_a_name_are_one() {
        let canonical = |text: &str| AccountName::parse(text).map(|name| name.canonical().to_owned());
        for spelling in ["jo.doe", " JO.Doe ", "ｊｏ．ｄｏｅ", "Jo.DOE\u{3000}"] {
            assert_eq!(canonical(spelling).as_deref(), Some("jo.doe"), "{spelling}");
        }
        assert_eq!(canonical("Jo@EXAMPLE.com").as_deref(), Some("jo@example.com"));
        assert_eq!(canonical("  "), None);
        assert_eq!(canonical(&"x".repeat(MAX_BYTES + 1)), None);
    }

    #[test]
    fn it_is_looked_for_as_typed_and_in_its_canonical_form() {
        let logins = |text: &str| -> Vec<String> {
            AccountName::parse(text)
                .map(|name| name.logins().map(|login| login.to_string()).collect())
                .unwrap_or_default()
        };
        assert_eq!(logins("JO"), ["jo"]);
        assert_eq!(logins("ｊｏ"), ["ｊｏ", "jo"]);
        assert!(logins("two words").is_empty());
        let name = AccountName::parse("Jo.Doe@Example.com").and_then(|name| name.email());
        assert_eq!(name.as_ref().map(Email::as_str), Some("jo.doe@example.com"));
    }
}
