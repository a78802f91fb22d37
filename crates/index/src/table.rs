//! From a key to its class: a hash table that is never walked, so that its order cannot show.

use std::sync::Arc;

use crate::key::Key;

/// So few keys are compared one after the other, which is faster than a hash.
const SCANNED_MAX: usize = 4;

/// Numbers keys in the order in which they first come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    keys: Vec<Key<Arc<str>>>,
    hashes: Vec<u64>,
    /// Open addressing: the upper half of the hash, and the class plus one; zero is nobody.
    places: Vec<(u32, u32)>,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The class of a key, which is a new one if the key is new.
    pub(crate) fn insert(&mut self, key: Key<&Arc<str>>) -> u32 {
        // Half empty at least: a search must end.
        if (self.keys.len() + 1) * 2 > self.places.len() {
            self.grow();
        }
        let hash = key.hash();
        match self.search(&key, hash) {
            Ok(class) => class,
            Err(place) => {
                let class = self.keys.len() as u32;
                self.places[place] = (tag(hash), class + 1);
                self.keys.push(key.kept());
                self.hashes.push(hash);
                class
            }
        }
    }

    /// The class of a key, if it has one.
    #[inline]
    pub(crate) fn find(&self, key: &Key<&str>) -> Option<u32> {
        if self.keys.len() <= SCANNED_MAX {
            return self.keys.iter().position(|one| one.same(key)).map(|class| class as u32);
        }
        self.search(key, key.hash()).ok()
    }

    /// The class, or the place where it would be written.
    #[inline]
    fn search<T: AsRef<str>>(&self, key: &Key<T>, hash: u64) -> Result<u32, usize> {
        let mask = self.places.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let (tagged, class) = self.places[place];
            if class == 0 {
                return Err(place);
            }
            if tagged == tag(hash) && self.keys[class as usize - 1].same(key) {
                return Ok(class - 1);
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(8);
        self.places.clear();
        self.places.resize(size, (0, 0));
        for (class, hash) in self.hashes.iter().enumerate() {
            let mut place = *hash as usize & (size - 1);
            while self.places[place].1 != 0 {
                place = (place + 1) & (size - 1);
            }
            self.places[place] = (tag(*hash), class as u32 + 1);
        }
    }
}

#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_again_under_its_own_number_and_no_other_is() {
        let mut table = Table::default();
        assert_eq!(table.find(&Key::Int(0)), None);
        for round in 0..2 {
            for number in 0..1_000_u32 {
                let text = Arc::from(format!("customer-{number}").as_str());
                assert_eq!(table.insert(Key::Text(&text)), number * 2, "round {round}");
                assert_eq!(table.insert(Key::Int(i64::from(number))), number * 2 + 1, "round {round}");
            }
        }
        assert_eq!(table.len(), 2_000);
        assert_eq!(table.find(&Key::Text("customer-77")), Some(154));
        assert_eq!(table.find(&Key::Text("customer-1000")), None);
        assert_eq!(table.find(&Key::Int(1_000)), None);
        assert_eq!(table.find(&Key::Null), None);
    }
}
