//! What the labels of metrics may say, as far as that is a closed list.

/// A loop of the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// From source topics to the log.
    Intake,
    /// From the log to tasks.
    Decide,
}

/// What became of an input record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeResult {
    /// Written to the log.
    Logged,
    /// Left out because the bundle says so.
    Ignored,
    /// Could not be used.
    Failed,
}

/// What became of a copy of an event in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyResult {
    /// Decided.
    Decision,
    /// Seen before.
    Duplicate,
    /// Its subject was erased.
    Erased,
    /// Could not be used.
    Failed,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// It happened.
    Committed,
    /// It did not happen and is done again.
    Rewound,
    /// The hold on its partitions was lost.
    Lost,
}

/// Where a profile was read that is kept on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// It was in memory.
    Cache,
    /// It was read, or was looked for in vain.
    Disk,
}

/// Those whom a control policy leaves alone, and those whom it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// In control: they get no task.
    Control,
    /// All others.
    Others,
}

impl Loop {
    pub(super) const ALL: [Self; 2] = [Self::Intake, Self::Decide];

    /// Returns the loop's name, as labels and health show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Decide => "decide",
        }
    }
}

impl IntakeResult {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }
}

impl CopyResult {
    pub(super) const ALL: [Self; 4] = [Self::Decision, Self::Duplicate, Self::Erased, Self::Failed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Duplicate => "duplicate",
            Self::Erased => "erased",
            Self::Failed => "failed",
        }
    }
}

impl Arm {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Others => "others",
        }
    }
}

impl ReadFrom {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Disk => "disk",
        }
    }
}

impl StepResult {
    pub(super) const ALL: [Self; 3] = [Self::Committed, Self::Rewound, Self::Lost];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Rewound => "rewound",
            Self::Lost => "lost",
        }
    }
}
