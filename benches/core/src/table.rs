//! The table that is printed: what, ours, theirs, ratio, aim, met or not.

/// What a ratio is to be.
#[derive(Clone, Copy)]
pub enum Aim {
    /// Theirs takes at least so many times what ours takes.
    Faster(f64),
    /// Ours takes at most so much of what theirs takes.
    AtMost(f64),
    /// It is only shown.
    Shown,
}

/// Prints the head of the table.
pub fn head() {
    println!("| what | ours, ns | against | its ns | ratio | aim | met |");
    println!("|---|---|---|---|---|---|---|");
}

/// Prints a line of it.
pub fn line(what: &str, ours: f64, against: &str, theirs: f64, aim: Aim) {
    if theirs.is_nan() {
        println!("| {what} | {} | {against} | not built | | | |", ns(ours));
        return;
    }
    let (ratio, aim, met) = match aim {
        Aim::Faster(least) => {
            (format!("{:.1}x faster", theirs / ours), format!(">= {least}x"), theirs / ours >= least)
        }
        Aim::AtMost(most) => (format!("{:.2}", ours / theirs), format!("<= {most}"), ours / theirs <= most),
        Aim::Shown => {
            println!("| {what} | {} | {against} | {} | {:.2} | | |", ns(ours), ns(theirs), ours / theirs);
            return;
        }
    };
    let met = if met { "yes" } else { "**no**" };
    println!("| {what} | {} | {against} | {} | {ratio} | {aim} | {met} |", ns(ours), ns(theirs));
}

fn ns(figure: f64) -> String {
    if figure < 100.0 { format!("{figure:.1}") } else { format!("{figure:.0}") }
}
