//! The random permutations of MinHash, the same numbers that datatrove takes from numpy.
//!
//! numpy's `RandomState(seed).randint(low, high, dtype=uint64)` draws 64 bits of a Mersenne Twister, the first word high,
//! keeps as many low bits as the range needs, and draws again while the number is out of range. The twister is MT19937 with
//! its 2002 initialisation (Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998).

/// The Mersenne prime 2⁶¹ − 1, the modulus of the permutations.
pub(super) const MODULUS: u64 = (1 << 61) - 1;

/// Length of the twister's state in words, and the distance of the words it mixes.
const N: usize = 624;
const M: usize = 397;

struct Twister {
    state: [u32; N],
    at: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for n in 1..N {
            let last = state[n - 1];
            state[n] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(n as u32);
        }
        Twister { state, at: N }
    }

    fn next(&mut self) -> u32 {
        if self.at == N {
            for n in 0..N {
                let y = (self.state[n] & 0x8000_0000) | (self.state[(n + 1) % N] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[n] = self.state[(n + M) % N] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A number of `low..MODULUS`.
    fn number(&mut self, low: u64) -> u64 {
        let range = MODULUS - 1 - low;
        let mask = u64::MAX >> range.leading_zeros();
        loop {
            let high = u64::from(self.next()) << 32;
            let number = (high | u64::from(self.next())) & mask;
            if number <= range {
                return low + number;
            }
        }
    }
}

/// `x → (a x + b mod 2⁶⁴) mod 2⁶¹ − 1`, for as many pairs of a and b as a signature has numbers. The product wraps around, as
/// numpy's does.
pub(super) struct Permutations {
    factors: Vec<(u64, u64)>,
}

impl Permutations {
    pub(super) fn new(seed: u32, count: usize) -> Self {
        let mut twister = Twister::new(seed);
        let a: Vec<u64> = (0..count).map(|_| twister.number(1)).collect();
        Permutations { factors: a.into_iter().map(|a| (a, twister.number(0))).collect() }
    }

    /// The least value of each permutation over all shingles, in the place of what is in `signature`.
    pub(super) fn sign(&self, shingles: &[u64], signature: &mut Vec<u64>) {
        signature.clear();
        signature.resize(self.factors.len(), u64::MAX);
        for &shingle in shingles {
            for (least, &(a, b)) in signature.iter_mut().zip(&self.factors) {
                let x = shingle.wrapping_mul(a).wrapping_add(b);
                // 2⁶¹ is 1 modulo 2⁶¹ − 1: the high bits are added to the low ones.
                let folded = (x & MODULUS) + (x >> 61);
                let reduced = if folded >= MODULUS { folded - MODULUS } else { folded };
                *least = (*least).min(reduced);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From numpy 2: `RandomState(seed).randint(1, 2**61 - 1, dtype=uint64, size=112)`, then the same from 0.
    #[test]
    fn the_numbers_are_those_of_numpy() {
        for (seed, first, last) in NUMPY {
            let factors = Permutations::new(*seed, 112).factors;
            assert_eq!((factors[0], factors[1], factors[111]), (first[0], first[1], *last), "seed {seed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reduction_is_the_remainder(shingle in proptest::prelude::any::<u64>(), seed in 0u32..1000) {
            let permutations = Permutations::new(seed, 4);
            let mut signature = Vec::new();
            permutations.sign(&[shingle], &mut signature);
            for (value, (a, b)) in signature.iter().zip(&permutations.factors) {
                proptest::prop_assert_eq!(*value, shingle.wrapping_mul(*a).wrapping_add(*b) % MODULUS);
            }
        }
    }

    type Pair = (u64, u64);
    const NUMPY: &[(u32, [Pair; 2], Pair)] = &[
        (
            1,
            [(775169054918279404, 1062448801025099917), (1758426461858698313, 1324811268927594100)],
            (223865076026037746, 1097409548522419201),
        ),
        (
            42,
            [(2297359619001564596, 1008993515362167465), (1396682528897996047, 1072131779469420093)],
            (668164788960253724, 2171473285054116309),
        ),
    ];
}
