//! One signature a token: with `(r, s)` also `(r, n - s)` satisfies ECDSA, so anyone can rewrite an ES256 token into
//! another valid string. Keystead signs with the smaller `s` and takes no other (J7). Others who check our signatures
//! take both forms and notice nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bytes of a number modulo the order of P-256.
const BYTES: usize = 32;

/// The order `n` of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3), big-endian.
const ORDER: [u8; BYTES] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
    0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// The same signature with the smaller `s`. Anything that is not 64 bytes long stays as it is.
pub(super) fn normalized(signature: &[u8]) -> Vec<u8> {
    let mut signature = signature.to_vec();
    if let Some(s) = signature.get_mut(BYTES..).and_then(|s| <&mut [u8; BYTES]>::try_from(s).ok()) {
        let other = order_minus(s);
        if other < *s {
            *s = other;
        }
    }
    signature
}

/// Whether this is 64 bytes, in base64url, whose second half is the smaller `s`.
pub(super) fn is_normalized(encoded: &str) -> bool {
    let mut signature = [0; 2 * BYTES];
    if URL_SAFE_NO_PAD.decode_slice(encoded, &mut signature) != Ok(2 * BYTES) {
        return false;
    }
    signature.split_last_chunk::<BYTES>().is_some_and(|(_, s)| *s <= order_minus(s))
}

fn order_minus(s: &[u8; BYTES]) -> [u8; BYTES] {
    let mut difference = ORDER;
    let mut borrow = false;
    for (digit, subtrahend) in difference.iter_mut().zip(s).rev() {
        let (once, first) = digit.overflowing_sub(*subtrahend);
        let (twice, second) = once.overflowing_sub(u8::from(borrow));
        (*digit, borrow) = (twice, first || second);
    }
    difference
}
