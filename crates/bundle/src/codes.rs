//! The closed list of what can be wrong with a bundle.

/// Every code with what it means and what to do, in alphabetical order.
pub(crate) const ALL: &[(&str, &str)] = &[
    (
        "bad-call",
        "A function is called with arguments that it does not take. Look up the function in the chapter on expressions and give it what it asks for.",
    ),
    (
        "bad-duration",
        "A duration is text with units, such as `90s`, `15m`, `24h`, `7d`, `2w`, also joined, the greatest first: `1h30m`. A bare number is refused, since nobody can tell seconds from milliseconds. Write the unit.",
    ),
    (
        "bad-id",
        "An id begins with a small letter and goes on with small letters, digits and hyphens; the id of a table has underscores instead of hyphens, since expressions name it, and must be no name that expressions already have. Rename the document.",
    ),
    (
        "bad-path",
        "A path is a chain of names with points between them, such as `data.customer_id`. Depending on the key it begins with `data`, `who`, `event` or a table. Write the path in full, without spaces, quotes or brackets; `[]` stands for any row or item and may be used in `share` only.",
    ),
    (
        "bad-time",
        "A time is written as RFC 3339 says, with its zone: `2026-03-02T10:00:00Z`. The steps of a test do not go back in time.",
    ),
    (
        "bad-timestamp",
        "The text given to `timestamp()` is no time. Write it as RFC 3339 says, with its zone: `2026-03-02T10:00:00Z`.",
    ),
    (
        "duplicate-id",
        "Two documents of one kind have the same id, so a name would mean two things. Rename one of them, or put them together.",
    ),
    (
        "duplicate-key",
        "A mapping names a key twice, and one of the two values would be lost. Remove one, or put the values together.",
    ),
    ("missing-key", "A document lacks a key that it cannot do without. Add the key."),
    (
        "never-fires",
        "A rule looks only at events that are about no single person, so it never fires for anybody. Look at another type of event, or give the source a `subject`.",
    ),
    (
        "not-built",
        "The contract describes this key, kind or function, but this version of the router does not have it yet. Nothing is wrong with your spelling. Leave it out for now.",
    ),
    (
        "not-read",
        "A file is passed over, since its name does not end in `.yaml`. Rename it so that it does, or move it out of the bundle.",
    ),
    (
        "not-shared",
        "A text tells its destination something that the destination's `share` does not name. Only what is shared may leave the router: either add the path to `share`, if the destination needs to know, or take it out of the text. What only decides between texts (the condition before `?`) need not be shared.",
    ),
    ("not-utf8", "A file, or the name of one, is not UTF-8. Save it as UTF-8, or rename it."),
    (
        "outside",
        "A file would be read from outside the bundle: by a link, or by a path with `..` or a leading `/`. A bundle holds all that it needs. Copy the file into it.",
    ),
    (
        "reserved-type",
        "The types `task.released`, `task.completed` and the other `task.` news are the router's own; no source may declare them. Name the type differently.",
    ),
    (
        "same-lane",
        "Two lanes of a destination begin at the same score, so that one of them would never get a task. Give each lane an `at_least` of its own, or remove one.",
    ),
    (
        "schema-invalid",
        "The file is no JSON Schema of the draft 2020-12. The finding points at the part that is wrong. Other drafts are refused rather than read as what they are not.",
    ),
    (
        "schema-missing",
        "There is no such schema file: it is looked for beside the file that names it, then from the root of the bundle. Correct the path or add the file.",
    ),
    (
        "schema-remote",
        "A schema refers to another file or to an address. Schemas are read without network and without files beside them, so that what is valid depends on the bundle alone. Copy the definition below `$defs` and refer to it as `#/$defs/...`.",
    ),
    (
        "schema-too-big",
        "A schema is longer than 256 KiB or, with every reference followed, has more than 5,000 subschemas. It would be run on every event. Describe less, or share definitions less deeply.",
    ),
    (
        "schema-too-deep",
        "A schema has more than 16 schemas inside one another. Flatten it, or move parts below `$defs`.",
    ),
    (
        "syntax",
        "An expression is not CEL. The finding points at the place where the parser gave up; look there and just before it for a missing bracket, quote or operator.",
    ),
    (
        "too-big",
        "A file is longer than 1 MiB, or holds more than 10,000 values. Split it: the documents of a bundle may be spread over any number of files.",
    ),
    (
        "too-deep",
        "Values or operators lie too deep inside one another: 32 levels in a file, fewer in an expression. Flatten the file, or split the expression.",
    ),
    (
        "too-long",
        "An expression is longer than 2 KiB. Split the rule, or let the source say in its event what the expression works out.",
    ),
    (
        "unfilled-table",
        "No declared type of event has `into` this table, so it stays empty. Declare a type that fills it, or remove the table.",
    ),
    (
        "unknown-field",
        "No schema has this field, so it would never have a value. Correct the name, or add the field to the schema. A schema that names properties is taken at its word; say `additionalProperties: true` if others may come.",
    ),
    (
        "unknown-function",
        "There is no such function. Correct the name; the chapter on expressions lists all there are.",
    ),
    (
        "unknown-key",
        "The document has no such key. Correct the name, or remove the key; nothing is ignored silently.",
    ),
    (
        "unknown-kind",
        "The first key of a document says what kind of document it is, and there is no such kind. Correct the first key.",
    ),
    (
        "unknown-name",
        "Something is named that no document of the bundle is, or that expressions do not know here. Correct the name, or add the document.",
    ),
    (
        "unused",
        "Nothing in the bundle leads to this document, so it has no effect. Name it where it was meant to be used, or remove it.",
    ),
    (
        "wrong-subject",
        "Events that are about no single person cannot fill what belongs to one. Give the type a `subject`, or make the table one `of: everyone`.",
    ),
    (
        "wrong-type",
        "A value is of another type than its key takes. A text that looks like a number or a truth value must be written in quotes.",
    ),
    (
        "yaml-feature",
        "Anchors, aliases, tags and merge keys are refused: what a document says must be readable where it stands, and must not grow when it is read. Write the value out.",
    ),
    (
        "yaml-syntax",
        "The file is not YAML 1.2. The finding points at the place where the parser gave up; look there and just before it, at indentation first. Text that begins with one of the characters of YAML, or holds a colon and a space, belongs into quotes.",
    ),
];
