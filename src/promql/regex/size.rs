//! What Go counts of a pattern before it takes it: how large it would be compiled, how deep it nests, how often its
//! innermost piece is repeated.

/// The largest compiled pattern, in instructions of 40 bytes each (128 MiB).
const MAX_SIZE: u64 = (128 << 20) / 40;
/// How deep groups and repetitions may nest.
pub(super) const MAX_HEIGHT: u64 = 1000;

/// A piece of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) size: u64,
    /// Whether it matches the empty text at the only place of an empty text.
    pub(super) empty: bool,
    /// The product of the counts on the way to the piece that is repeated most often.
    pub(super) repeats: u64,
    pub(super) height: u64,
}

impl Piece {
    /// One character, or one of a class.
    pub(super) const fn one() -> Self {
        Self { size: 1, empty: false, repeats: 1, height: 1 }
    }

    /// What takes no character: `^`, or nothing at all.
    pub(super) const fn nothing() -> Self {
        Self { empty: true, ..Self::one() }
    }

    /// One behind the other.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            size: self.size.saturating_add(next.size),
            empty: self.empty && next.empty,
            repeats: self.repeats.max(next.repeats),
            height: self.height.max(next.height),
        }
    }

    /// One or the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self { size: self.then(other).size.saturating_add(1), empty: self.empty || other.empty, ..self.then(other) }
    }

    pub(super) fn repeated(self, min: u64, max: Option<u64>, counted: bool) -> Self {
        let size = match max {
            _ if !counted => self.size.saturating_add(2),
            None => self.size.saturating_mul(min.max(1)).saturating_add(1),
            Some(max) => self.size.saturating_mul(max).saturating_add(max - min),
        };
        let repeats = match (counted, max.unwrap_or(min)) {
            // `{0}` takes everything in it away
            (true, 0) if max.is_some() => 1,
            (true, count) => self.repeats.saturating_mul(count.max(1)),
            (false, _) => self.repeats,
        };
        Self { size: size.max(1), empty: self.empty || min == 0, repeats, height: self.height + 1 }
    }
}

/// Whether Go takes a pattern for too large. It counts only where the number of pieces times all repetitions says that it
/// might be, so that long texts without repetitions pass.
pub(super) fn too_large(size: u64, nodes: u64, product: u64) -> bool {
    size > MAX_SIZE && nodes >= MAX_SIZE / product.clamp(1, MAX_SIZE)
}
