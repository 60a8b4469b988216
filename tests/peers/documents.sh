#!/usr/bin/env bash
# Asks programs from outside about generated documents: tests/peers/documents.sh
# parliament and cfn-lint find nothing, parliament and `lint` agree on the documents of the lint cases but for reasons recorded, terraform would not lay them out otherwise, iam-simulate allows every need.
# Needs python3 and the engine as target/release/iam-preflight or $IAM_PREFLIGHT; node and npm for iam-simulate.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=target/peers
engine=${IAM_PREFLIGHT:-target/release/iam-preflight}
written=$peers/documents

pinned='parliament==1.6.4 cfn-lint==1.51.0'
if [[ "$(cat "$peers/linters/.versions" 2>/dev/null || true)" != "$pinned" ]]; then
    rm -rf "$peers/linters"
    python3 -m venv "$peers/linters"
    # parliament reads its data with pkg_resources, which newer releases of setuptools no longer bring.
    # shellcheck disable=SC2086
    "$peers/linters/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' $pinned
    printf '%s\n' "$pinned" >"$peers/linters/.versions"
fi

generate() {
    "$engine" generate "policies/examples/requests/$1.json" --snapshot policies/examples/account \
        --train policies/examples/manifests/train.manifest --test policies/examples/manifests/test.manifest \
        --principal arn:aws:iam::111122223333:role/ml/VisionTrainer "${@:2}" 2>/dev/null
}

rm -rf "$written"
for request in ready blocked; do
    for granularity in object prefix bucket; do
        folder=$written/$request-$granularity
        generate "$request" --granularity "$granularity" --strength advisory --limit role --layer all --out "$folder" >/dev/null
        generate "$request" --granularity "$granularity" --format terraform --layer all --out "$folder" >/dev/null
        mkdir -p "$folder/plain" "$folder/cfn"
        generate "$request" --granularity "$granularity" --format terraform-plain --out "$folder/plain" >/dev/null
        generate "$request" --granularity "$granularity" --format cloudformation --out "$folder/cfn" >/dev/null
    done
done

failed=0
count=0
for file in "$written"/*/identity*.json; do
    # Its data is too old for the global key aws:ViaAWSService, which AWS's own sample policies for the service use.
    found=$(PYTHONWARNINGS=ignore "$peers/linters/bin/parliament" --json <"$file" 2>&1 | grep -v 'Unknown condition aws:ViaAWSService' || true)
    count=$((count + 1))
    if [[ -n "$found" ]]; then
        printf 'parliament on %s:\n%s\n' "$file" "$found" >&2
        failed=$((failed + 1))
    fi
done
printf 'parliament: %s documents\n' "$count"

python3 tests/peers/lint.py "$engine" "$peers/linters/bin/parliament" || failed=$((failed + 1))

"$peers/linters/bin/cfn-lint" "$written"/*/cfn/policies.yaml || failed=$((failed + 1))
printf 'cfn-lint: %s templates\n' "$(ls "$written"/*/cfn/policies.yaml | wc -l)"

if command -v terraform >/dev/null; then
    for file in "$written"/*/policies.tf "$written"/*/plain/policies.tf; do
        terraform fmt -check -diff "$file" >&2 2>/dev/null || { printf 'terraform fmt would change %s\n' "$file" >&2; failed=$((failed + 1)); }
    done
    printf 'terraform fmt: %s configurations\n' "$(ls "$written"/*/policies.tf "$written"/*/plain/policies.tf | wc -l)"
else
    printf 'terraform: not installed, so its formatter was not asked\n'
fi

if [[ -d $peers/npm ]]; then
    python3 tests/peers/documents.py "$engine" "$peers/npm" || failed=$((failed + 1))
else
    printf 'iam-simulate is not installed: run tests/peers/run first\n' >&2
    failed=$((failed + 1))
fi

printf '%s passed, %s failed\n' "$count" "$failed"
[[ $failed -eq 0 ]]
