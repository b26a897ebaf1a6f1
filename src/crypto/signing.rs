//! Key pairs that sign tokens, parsed once and kept: parsing costs as much as signing.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Serialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::low_s;
use crate::domain::{ids::SigningKeyId, signing_key::SigningAlgorithm};

/// Bytes of the smallest RSA modulus that is taken: 3072 bits (J11).
const LEAST_RSA_BYTES: usize = 384;

/// What can go wrong with a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningKeyError {
    /// The library made no key.
    #[error("no {0} key could be generated")]
    Generation(SigningAlgorithm),
    /// Not a private key of this algorithm, damaged or too short.
    #[error("the bytes are not a PKCS#8 private key for {0} (RSA needs at least 3072 bits)")]
    Rejected(SigningAlgorithm),
    /// The library made no signature.
    #[error("signing with a {0} key failed")]
    Signature(SigningAlgorithm),
}

/// A private key together with its public half.
#[derive(Debug)]
pub enum SigningKeyPair {
    /// ECDSA on P-256.
    Es256(EcdsaKeyPair),
    /// RSA, PKCS#1 v1.5.
    Rs256(RsaKeyPair),
    /// Ed25519.
    EdDsa(Ed25519KeyPair),
}

impl SigningKeyPair {
    /// Makes a key pair and its PKCS#8 version 1 form, which `OpenSSL` 3 reads too. RSA has 3072 bits and takes a fraction
    /// of a second.
    ///
    /// # Errors
    /// The library refuses.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<(Self, Zeroizing<Vec<u8>>), SigningKeyError> {
        let failed = || SigningKeyError::Generation(algorithm);
        let random = SystemRandom::new();
        let pkcs8 = match algorithm {
            SigningAlgorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map_err(|_| failed())?
                .as_ref()
                .to_vec(),
            SigningAlgorithm::EdDsa => {
                Ed25519KeyPair::generate_pkcs8v1(&random).map_err(|_| failed())?.as_ref().to_vec()
            }
            SigningAlgorithm::Rs256 => {
                let pair = rsa::KeyPair::generate(KeySize::Rsa3072).map_err(|_| failed())?;
                AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| failed())?.as_ref().to_vec()
            }
        };
        let pkcs8 = Zeroizing::new(pkcs8);
        Ok((Self::from_pkcs8(algorithm, &pkcs8)?, pkcs8))
    }

    /// Reads a key pair.
    ///
    /// # Errors
    /// The bytes are not a sound private key of this algorithm.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, SigningKeyError> {
        let rejected = SigningKeyError::Rejected(algorithm);
        match algorithm {
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Es256).map_err(|_| rejected)
            }
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::EdDsa).map_err(|_| rejected),
            SigningAlgorithm::Rs256 => match RsaKeyPair::from_pkcs8(pkcs8) {
                Ok(pair) if pair.public_modulus_len() >= LEAST_RSA_BYTES => Ok(Self::Rs256(pair)),
                Ok(_) | Err(_) => Err(rejected),
            },
        }
    }

    /// The one algorithm it is used with.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Es256(_) => SigningAlgorithm::Es256,
            Self::Rs256(_) => SigningAlgorithm::Rs256,
            Self::EdDsa(_) => SigningAlgorithm::EdDsa,
        }
    }

    /// The public half as it is published.
    #[must_use]
    pub fn public_jwk(&self, kid: SigningKeyId) -> PublicJwk {
        PublicJwk { members: self.public_members(), kid, alg: self.algorithm(), usage: "sig" }
    }

    /// Completes a JWS in compact form (RFC 7515 section 7.1): `signing_input` is `header.claims`, base64url; the
    /// answer is the same string with `.signature` behind it. What the input says is the caller's business.
    ///
    /// # Errors
    /// The library makes no signature.
    pub fn sign_compact(&self, signing_input: String) -> Result<String, SigningKeyError> {
        let failed = SigningKeyError::Signature(self.algorithm());
        let random = SystemRandom::new();
        let message = signing_input.as_bytes();
        match self {
            Self::Es256(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| failed)?;
                Ok(joined(signing_input, &low_s::normalized(signature.as_ref())))
            }
            Self::EdDsa(pair) => {
                let signature = pair.try_sign(message).map_err(|_| failed)?;
                Ok(joined(signing_input, signature.as_ref()))
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| failed)?;
                Ok(joined(signing_input, &signature))
            }
        }
    }

    /// Characters that [`Self::sign_compact`] adds, the dot included.
    pub(super) fn added_characters(&self) -> usize {
        let bytes = match self {
            Self::Es256(_) | Self::EdDsa(_) => 64,
            Self::Rs256(pair) => pair.public_modulus_len(),
        };
        1 + encoded_length(bytes)
    }

    pub(super) fn decoding_key(&self) -> DecodingKey {
        match self {
            Self::Es256(pair) => DecodingKey::from_ec_der(pair.public_key().as_ref()),
            Self::EdDsa(pair) => DecodingKey::from_ed_der(pair.public_key().as_ref()),
            Self::Rs256(pair) => DecodingKey::from_rsa_der(pair.public_key().as_ref()),
        }
    }

    fn public_members(&self) -> PublicMembers {
        match self {
            Self::Es256(pair) => {
                // An uncompressed point: 4, then 32 bytes of x and 32 of y (SEC 1 section 2.3.3).
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
                PublicMembers::Ec { crv: "P-256", x: base64url(x), y: base64url(y) }
            }
            Self::EdDsa(pair) => PublicMembers::Okp { crv: "Ed25519", x: base64url(pair.public_key().as_ref()) },
            Self::Rs256(pair) => {
                let key = pair.public_key();
                PublicMembers::Rsa {
                    n: base64url(key.modulus().big_endian_without_leading_zero()),
                    e: base64url(key.exponent().big_endian_without_leading_zero()),
                }
            }
        }
    }
}

/// A public key as the JWKS shows it (RFC 7517, RFC 8037): it cannot hold a private member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    #[serde(flatten)]
    members: PublicMembers,
    kid: SigningKeyId,
    alg: SigningAlgorithm,
    #[serde(rename = "use")]
    usage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kty")]
enum PublicMembers {
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
}

pub(super) const fn verification_algorithm(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// Characters of this many bytes in base64url without padding.
pub(super) const fn encoded_length(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

fn joined(mut token: String, signature: &[u8]) -> String {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
