//! A disk that changes single bits: `check` finds it, or no answer differs.
//!
//! `make test` flips a handful, CRM_FLIPS says how many otherwise and CRM_SEED which.

use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::dice::{Dice, number};
use crate::whole_shop::WholeShop;

const HANDFUL: u64 = 6;
const SEED: u64 = 20;

#[test]
fn a_flipped_bit_is_found_by_check_or_changes_no_answer() {
    let flips = number("CRM_FLIPS").unwrap_or(HANDFUL);
    let shop = WholeShop::make();
    let whole = std::fs::read(shop.database()).unwrap();
    let as_it_was = in_a_copy(&whole, None, |folder| {
        expect_ok(&check(&shop, folder).1);
        shop.answers(folder)
    });
    assert!(
        as_it_was.len() > 100 && as_it_was[0].1.contains("TEA") | as_it_was[0].1.contains("2025")
    );

    let mut dice = Dice::new(number("CRM_SEED").unwrap_or(SEED));
    let (mut found, mut harmless) = (0, 0);
    for flip in 0..flips {
        // Much of the file is room that is not used yet: every second bit is one of what is.
        let bit = loop {
            let bit = dice.below(whole.len() as u64 * 8);
            if flip % 2 == 0 || whole[usize::try_from(bit / 8).unwrap()] != 0 {
                break bit;
            }
        };
        in_a_copy(&whole, Some(bit), |folder| {
            let (code, said) = check(&shop, folder);
            if code == Some(1) && said.contains("error: ") {
                found += 1;
                return;
            }
            expect_ok(&said);
            harmless += 1;
            for (was, is) in as_it_was.iter().zip(shop.answers(folder)) {
                assert_eq!(*was, is, "bit {bit} of the file, and check says: {said}");
            }
        });
    }
    println!(
        "{flips} bits of {} KiB: {found} found, {harmless} without effect",
        whole.len() / 1024
    );
    assert!(found > 0);
}

fn expect_ok(said: &str) {
    assert!(said.starts_with("ok: "), "{said}");
}

/// How `check` ends, and what it says.
fn check(shop: &WholeShop, folder: &Path) -> (Option<i32>, String) {
    let output = shop.on(folder).command(&["check"], "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// Works on a copy of the database in a folder of its own, one bit of it flipped.
fn in_a_copy<T>(database: &[u8], bit: Option<u64>, work: impl FnOnce(&Path) -> T) -> T {
    let scratch = crm_tests::harness::places::scratch_folder();
    let folder = tempfile::tempdir_in(scratch).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let path = folder.path().join("data/crm.db");
    std::fs::write(&path, database).unwrap();
    if let Some(bit) = bit {
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let byte = database[usize::try_from(bit / 8).unwrap()] ^ (1 << (bit % 8));
        file.write_all_at(&[byte], bit / 8).unwrap();
    }
    work(folder.path())
}
