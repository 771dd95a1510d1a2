//! Unpredictable numbers of the operating system.

use crate::ports::Random;
use ring::rand::SecureRandom;
use std::hash::{BuildHasher, RandomState};

/// The operating system's generator.
#[derive(Clone, Debug)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl Default for SystemRandom {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Random for SystemRandom {
    fn next(&self) -> u64 {
        let mut bytes = [0; 8];
        match self.0.fill(&mut bytes) {
            Ok(()) => u64::from_le_bytes(bytes),
            // The standard library seeds its hash maps from the same source, once, at start: still distinct numbers,
            // and nothing here is a key.
            Err(_) => RandomState::new().hash_one(std::time::Instant::now()),
        }
    }
}
