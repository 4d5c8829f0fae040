#!/usr/bin/env bash
# Convolutions on 300 images of digits: the same bytes on 1 and 3 ranks, replayed, evaluated and put to use.
source "$(dirname "$0")/common.sh"

head -n 301 "$tables/digits.csv" >digits.csv
tail -n 300 "$tables/digits.csv" | sed "1i $(head -n 1 digits.csv | tr -d '\r')" >others.csv

cat >images.yaml <<YAML
data: {path: $work/digits.csv, target: digit, task: multiclass, image: {height: 8, width: 8}}
split: {test: 0.2}
search: {sampler: evolution, seed: 11, lanes: 6, evolution: {population: 5, sample: 3}}
space:
  convolution_layers: [0, 1, 2]
  filters: [4, 8]
  kernel_size: [3, 5]
  separable: [false, true]
  pool: [1, 2]
  global_average: [false, true]
  dense_layers: [0, 1]
  units: [16, 32]
  activation: [relu, softplus, gelu_tanh]
  layer_norm: [false, true]
  optimizer: [adam]
  learning_rate: [0.01]
training: {epochs: 8, patience: 3}
budget: {trials: 16}
final: {ensemble: 2}
YAML
"$rondo" search images.yaml --out one >/dev/null
mpi -n 3 "$rondo" search images.yaml --out three >three.log 2>&1 || { cat three.log; fail "3 ranks"; }
same_run one three
"$rondo" show one >shown
expect_text ' (conv|sep) [35] ' shown
"$rondo" replay one >replayed || { cat replayed; fail "replay"; }
for run in one three; do
  "$rondo" predict "$run" others.csv --out "$run.csv" >/dev/null
  "$rondo" evaluate "$run" others.csv --json >"$run.json" 2>/dev/null
done
cmp one.csv three.csv || fail "predictions differ"
cmp one.json three.json || fail "metrics differ"
# Guessing is right once in ten.
accuracy=$(sed -n 's/.*"accuracy": *\([0-9.]*\).*/\1/p' one.json)
[ -n "$accuracy" ] && awk -v a="$accuracy" 'BEGIN { exit !(a > 0.6) }' || { cat one.json; fail "accuracy $accuracy"; }

# What cannot be an image, and convolutions of none.
sed 's/width: 8/width: 9/' images.yaml >wrong.yaml
expect_exit 2 "$rondo" search wrong.yaml --out wrong
expect_text '8 x 9 x 1 are 72 numbers, but a row has 64 inputs: 64 numeric columns' last.err
sed 's/, image: {[^}]*}//' images.yaml >wrong.yaml
expect_exit 2 "$rondo" search wrong.yaml --out wrong
expect_text 'space.convolution_layers has 1, but the rows are no images' last.err
[ ! -e wrong ] || fail "a run was begun"
echo "convolutions: equal on 1 and 3 ranks, accuracy $accuracy on other rows"
