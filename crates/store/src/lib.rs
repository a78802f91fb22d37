//! The profiles of a partition on local disk: a cache of the changelog, which stays the truth.
//!
//! Shape: a root directory holds one directory for each partition. [`Store::open`] looks at who wrote it and whether
//! every value is there, and says whether it is [`Opened::Fresh`], [`Opened::Resumed`] at a position, or was
//! [`Opened::SetAside`] and begun anew; the caller then reads the changelog on from that position. [`Store::apply`]
//! takes one [`Batch`] with the position after it, all or nothing. [`Cache`] holds decoded values in front.
//!
//! Keys, values and positions are the caller's: no noun of the domain is known here.
//!
//! # What stays true
//! - **Behind, never ahead.** A batch is applied after its step was committed to the log, together with the position
//!   after it. Killed at any moment, values and position are those of one of the batches that were applied.
//! - **Right or set aside.** Every batch also carries how many values there are and the sum of their hashes.
//!   Opening reads all values and compares. So a damaged, missing or older file means a state that was true at the
//!   position that is reported, or a directory that was set aside; never values that do not belong together.
//! - **No crash loop.** What cannot be opened is moved aside, of which a bounded number is kept. An opening that
//!   ended the process is counted, and after three of them the directory is moved aside unopened.
//! - **One process.** A lock stands beside the directory for as long as the store is open.
//!
//! # What is left to the caller
//! - To compare the position with the log. Before its beginning, or longer ago than the broker keeps deletions
//!   (`delete.retention.ms`), deletions may be lost: [`Store::discard`]. After its end, the log has lost records:
//!   [`Store::set_aside`].
//! - What to do on [`Error::Damaged`], which a read may still give when the disk fails while the store is open:
//!   [`Store::set_aside`], open again, and restore.
//! - A machine that loses power may lose the latest batches, since nothing waits for the disk but [`Store::close`].
//!
//! # What is under it
//! The engine is fjall, a log-structured merge tree in safe Rust. It was weighed against redb (reads twice as fast, changes
//! half as fast, half as much disk again), RocksDB (half an hour of C++ to build, no faster) and a map in memory
//! (which starts with nothing on disk). Its checks are taken for what they are: what it does not look at before it acts is
//! looked at first, its panics are caught, and whether all values are there is known from our own sum.
//!
//! # What it costs
//! One partition, a million values of 300 bytes under keys of 20, with [`Settings::default`] (32 MiB for blocks, 16 MiB
//! for writes), on two shared and busy virtual processors; so the time of the processor counts, all threads taken together:
//!
//! | what | processor | memory and disk |
//! |---|---|---|
//! | load, in batches of 1,000 | 5 to 8 us a value | 120 MiB of memory |
//! | read one of a million | 7 to 10 us | 330 to 390 MiB of disk, at most 128 MiB of it journals |
//! | read one of 10,000 used again and again | 2 to 4 us | |
//! | read and change one of a million, batches of 1,000 | 25 to 29 us | at times 600 MiB, until tables are merged |
//! | put a small one that was not there | 3 to 4 us | |
//! | read from [`Cache`] | 0.1 to 0.2 us | 415 bytes for a value of 300 |
//! | open, and look at all 1,200,000 values | 1.1 to 1.8 s | 170 MiB of memory |
//! | close | 0.04 s | |
//!
//! More memory for blocks (128, 512 MiB) and writes (64 MiB) changed none of these by more than a run differs from
//! the next, since the files are in the page cache either way. Reading what was there before each change, which the
//! sum needs, is about a tenth of the change: the caller has read the value just before.

mod aside;
mod batch;
mod cache;
mod directory;
mod engine;
mod error;
mod identity;
mod mark;
mod rewrite;
mod store;

pub use aside::Reason;
pub use batch::Batch;
pub use cache::Cache;
pub use directory::{Held, discard_held, discard_unused, held};
pub use error::Error;
pub use identity::Identity;
pub use store::{Opened, Settings, Store};
