//! What one core signs and verifies in a second, bare: the floor under every token and every first introspection.
//! `signatures [MILLISECONDS]` gives each operation that long and prints one JSON object.

use std::error::Error;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, VerificationAlgorithm,
};

/// Bytes of a header and claims as Keystead signs them.
const MESSAGE: [u8; 900] = [b'a'; 900];

fn main() -> Result<(), Box<dyn Error>> {
    let time = std::env::args().nth(1).and_then(|text| text.parse().ok()).map_or(300, |milliseconds: u64| milliseconds);
    let time = Duration::from_millis(time);
    let random = SystemRandom::new();

    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let es256 = measure(time, &ECDSA_P256_SHA256_FIXED, p256.public_key().as_ref(), || {
        Ok(p256.sign(&random, &MESSAGE)?.as_ref().to_vec())
    })?;
    let ed25519 = Ed25519KeyPair::generate()?;
    let eddsa =
        measure(time, &ED25519, ed25519.public_key().as_ref(), || Ok(ed25519.try_sign(&MESSAGE)?.as_ref().to_vec()))?;
    let rsa = RsaKeyPair::generate(KeySize::Rsa3072)?;
    let rs256 = measure(time, &RSA_PKCS1_2048_8192_SHA256, rsa.public_key().as_ref(), || {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut signature)?;
        Ok(signature)
    })?;
    writeln!(stdout(), "{}", serde_json::json!({ "ES256": es256, "EdDSA": eddsa, "RS256": rs256 }))?;
    Ok(())
}

/// Signatures and verifications a second with keys that were parsed before.
fn measure(
    time: Duration,
    algorithm: &'static dyn VerificationAlgorithm,
    public_key: &[u8],
    sign: impl Fn() -> Result<Vec<u8>, Unspecified>,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let public_key = ParsedPublicKey::new(algorithm, public_key)?;
    let signature = sign()?;
    let signs = per_second(time, || sign().map(drop))?;
    let verifies = per_second(time, || public_key.verify_sig(black_box(&MESSAGE), &signature))?;
    Ok(serde_json::json!({ "sign": signs.round(), "verify": verifies.round() }))
}

fn per_second(time: Duration, work: impl Fn() -> Result<(), Unspecified>) -> Result<f64, Unspecified> {
    let (start, mut done) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        work()?;
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}
