//! Calls the fuzzed functions with the saved inputs of the fuzzers, without a fuzzer.

#[path = "../fuzz/bodies.rs"]
mod bodies;

fn replay(target: &str, body: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("no corpus for {target}"));
    let mut count = 0;
    for entry in entries {
        body(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 20, "{target}: only {count} inputs");
}

macro_rules! replayed {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), bodies::$target);
        })*

        #[test]
        fn runs_the_corpus_of_every_fuzz_target() {
            let targets = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/fuzz_targets"));
            let mut names: Vec<String> = targets
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            names.sort();
            let mut replayed = [$(stringify!($target)),*];
            replayed.sort_unstable();
            assert_eq!(names, replayed);
        }
    };
}

replayed!(xml_answer answer_to_request policy ini url duration bucket_name key);
