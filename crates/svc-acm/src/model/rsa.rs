//! RSA keys of 2048 bits: two probable primes (FIPS 186-5, A.1.3), and PKCS #8 around them (RFC 8017, A.1.2). What
//! signs with RSA in moat does not make keys.
//! <https://csrc.nist.gov/pubs/fips/186-5/final>

use base::Ids;
use num_bigint::BigUint;

const PRIME_BYTES: usize = 128;
const EXPONENT: u32 = 65_537;
/// Rounds of Miller and Rabin. Five are enough for random candidates of this size; they cost little.
const ROUNDS: usize = 16;
/// Candidates are tried by all primes below this first.
const SIEVED: u32 = 2_000;
/// Of the object identifier of RSA, with its empty parameters.
const ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// A key in PKCS #8; `None` where the numbers do not make one, which does not happen.
pub fn generate(ids: &dyn Ids) -> Option<Vec<u8>> {
    let small = small_primes();
    let (first, mut second) = (prime(ids, &small), prime(ids, &small));
    while first == second {
        second = prime(ids, &small);
    }
    encode(first.clone().max(second.clone()), first.min(second))
}

fn encode(p: BigUint, q: BigUint) -> Option<Vec<u8>> {
    let (one, e) = (BigUint::from(1u32), BigUint::from(EXPONENT));
    let (below_p, below_q) = (&p - &one, &q - &one);
    let n = &p * &q;
    let d = e.modinv(&(&below_p * &below_q))?;
    let (dp, dq, inverse) = (&d % &below_p, &d % &below_q, q.modinv(&p)?);
    let numbers = [BigUint::ZERO, n, e, d, p, q, dp, dq, inverse];
    let inner = tagged(0x30, &numbers.iter().flat_map(integer).collect::<Vec<u8>>());
    let version = integer(&BigUint::ZERO);
    Some(tagged(0x30, &[version.as_slice(), &ALGORITHM, &tagged(0x04, &inner)].concat()))
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    // A first bit that is set would be a sign.
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    tagged(0x02, &bytes)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match (content.len(), u8::try_from(length.len())) {
        (short, _) if short < 0x80 => out.extend(u8::try_from(short)),
        (_, long) => {
            out.extend(long.map(|long| 0x80 | long));
            out.extend(length);
        }
    }
    out.extend_from_slice(content);
    out
}

fn small_primes() -> Vec<u32> {
    let mut found: Vec<u32> = vec![2];
    for number in (3..SIEVED).step_by(2) {
        if found.iter().all(|prime| number % prime != 0) {
            found.push(number);
        }
    }
    found
}

/// A prime of 1024 bits, the first two set so that the product of two has 2048.
fn prime(ids: &dyn Ids, small: &[u32]) -> BigUint {
    loop {
        let mut bytes = [0u8; PRIME_BYTES];
        ids.fill(&mut bytes);
        bytes[0] |= 0xc0;
        bytes[PRIME_BYTES - 1] |= 1;
        let candidate = BigUint::from_bytes_be(&bytes);
        let has_factor = small.iter().any(|prime| (&candidate % prime) == BigUint::ZERO);
        let fits = (&candidate - 1u32) % EXPONENT != BigUint::ZERO;
        if !has_factor && fits && is_probably_prime(&candidate, ids) {
            return candidate;
        }
    }
}

/// Miller and Rabin's test with random witnesses.
fn is_probably_prime(candidate: &BigUint, ids: &dyn Ids) -> bool {
    let one = BigUint::from(1u32);
    let below = candidate - &one;
    let twos = below.trailing_zeros().unwrap_or(0);
    let odd = &below >> twos;
    (0..ROUNDS).all(|_| {
        let mut bytes = [0u8; PRIME_BYTES];
        ids.fill(&mut bytes);
        let witness = BigUint::from_bytes_be(&bytes) % (&below - &one) + 2u32;
        let mut power = witness.modpow(&odd, candidate);
        if power == one || power == below {
            return true;
        }
        (1..twos).any(|_| {
            power = power.modpow(&BigUint::from(2u32), candidate);
            power == below
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SequentialIds;

    #[test]
    fn primes_are_told_from_products() {
        let ids = SequentialIds::seeded(1);
        let mersenne = |n: u32| (BigUint::from(1u32) << n) - 1u32;
        for (number, is_prime) in [
            (mersenne(521), true),
            (mersenne(607), true),
            (mersenne(523), false),
            (mersenne(521) * mersenne(607), false),
            // The least that is no prime to the first nine prime witnesses.
            (BigUint::from(3_825_123_056_546_413_051u64), false),
        ] {
            assert_eq!(is_probably_prime(&number, &ids), is_prime, "{number}");
        }
    }

    #[test]
    fn lengths_are_written_as_der_wants_them() {
        assert_eq!(tagged(0x04, &[1, 2])[..2], [0x04, 2]);
        assert_eq!(tagged(0x04, &[0; 128])[..3], [0x04, 0x81, 128]);
        assert_eq!(tagged(0x04, &[0; 300])[..4], [0x04, 0x82, 1, 44]);
        assert_eq!(integer(&BigUint::from(0x80u32)), [0x02, 2, 0, 0x80]);
    }
}
