//! What nobody can guess: secrets, ids and codes.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The machine has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no random bytes")]
pub struct NoRandomness;

/// Letters and digits that are not taken for one another.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

pub(super) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_unspecified| NoRandomness)?;
    Ok(bytes)
}

/// 256 bits, in 43 characters that need no escaping in addresses.
pub(crate) fn secret() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A UUID of version 4 (RFC 9562, section 5.4, read 2026-11-24), as Cognito makes its `sub`.
pub(super) fn uuid() -> Result<String, NoRandomness> {
    let random = u128::from_be_bytes(bytes()?);
    let versioned = random & !(0xf << 76) | (0x4 << 76);
    let uuid = versioned & !(0b11 << 62) | (0b10 << 62);
    let digits = format!("{uuid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part));
    Ok(parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
}

/// Six digits, each as likely as the others.
pub(super) fn code() -> Result<String, NoRandomness> {
    // Of 2^64 numbers, those above the last whole million are 0.00000000001 %: no digit gains by them.
    let number = u64::from_be_bytes(bytes()?) % 1_000_000;
    Ok(format!("{number:06}"))
}

/// A temporary password of sixteen letters and digits.
pub(super) fn temporary_password() -> Result<String, NoRandomness> {
    let random = bytes::<16>()?;
    let letters = random.iter().filter_map(|byte| {
        // 55 letters do not divide 256: the first 36 are a little likelier. 16 of them still hold 92 bits.
        LETTERS.get(usize::from(*byte) % LETTERS.len())
    });
    Ok(letters.map(|letter| char::from(*letter)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_4() {
        for _ in 0..100 {
            let id = uuid().unwrap();
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert_eq!(&id[14..15], "4", "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
    }

    #[test]
    fn a_code_has_six_digits_and_a_temporary_password_sixteen_letters() {
        for _ in 0..100 {
            let code = code().unwrap();
            assert!(code.len() == 6 && code.chars().all(|c| c.is_ascii_digit()), "{code}");
            assert_eq!(temporary_password().unwrap().len(), 16);
        }
    }
}
