//! The evidence page as a file; tests/browser opens it

use crate::harness::{Run, Scratch};

#[test]
fn the_page_is_written_beside_the_report_and_changes_no_exit_code() {
    for (request, verdict, code) in [
        ("ready", "Ready", 0),
        ("blocked", "Blocked", 1),
        ("undetermined", "Undetermined", 3),
        ("rejected", "Blocked", 1),
    ] {
        let scratch = Scratch::new();
        let path = scratch.path("evidence.html");
        let ran = Run::example(request).arg("-o").arg(format!("html={}", path.display())).exits(code);
        assert_eq!(ran.stdout, "", "{ran}");
        let page = scratch.text("evidence.html");
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{request}");
        assert!(page.contains(&format!(
            "<title>{verdict}: lookoutvision:CreateModel as arn:aws:iam::111122223333:role/ml/VisionTrainer"
        )));
        assert!(page.len() < 400_000, "{request}: {} bytes", page.len());
    }
}

#[test]
fn the_deciding_statement_is_quoted_with_the_line_of_its_file() {
    let page = Run::example("blocked").args(["-o", "html"]).exits(1).stdout;
    // The bucket policy is one line of JSON in a string; the deny stands in line 2.
    let figure =
        page.split("<figcaption>policies/examples/account/s3/acme-vision-results/policy.json</figcaption>").nth(1);
    assert!(figure.unwrap().split("</figure>").next().unwrap().contains("<mark><i>2</i>"));
}
