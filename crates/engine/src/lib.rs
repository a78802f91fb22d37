//! One partition's state machine: what each record of its log leads to. Pure: no clock, no I/O.
//!
//! Shape: [`Partition::step`] takes one log record and adds to [`Effects`] what is to be written; `finish` adds the
//! changelog of the whole step; then the shell commits, and tells the partition with `settle` or `undo`.
//! Invariants: the outputs are a function of the log alone, however it is cut into steps; nothing that a step changed
//! is kept before the step is committed.
//!
//! Read in this order: [`partition`], [`origins`], [`marks`], [`joined`], [`known`], `learned`, [`arms`], [`profiles`], `consider`, [`shared`], [`changelog`].

pub mod arms;
pub mod changelog;
mod consider;
mod dues;
pub mod effects;
mod forwards;
pub mod joined;
pub mod known;
mod learned;
pub mod marks;
pub mod origins;
mod outputs;
pub mod overlay;
pub mod partition;
pub mod profiles;
mod shadow;
pub mod shared;
mod shut;
pub mod state;
mod tasks;
mod tied;
mod unite;

pub use arms::Arm;
pub use changelog::RestoreError;
pub use effects::{Effects, Tally};
pub use partition::{Partition, Role, Settings, ShadowLimits};
pub use profiles::Shelf;
