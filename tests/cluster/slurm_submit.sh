#!/usr/bin/env bash
# Searches on a Slurm cluster of 4 nodes, by mpirun, by srun and as a job array: the bytes of one rank.
source "$(dirname "$0")/slurm_common.sh"

write_experiment search.yaml evolution 20
"$rondo" search search.yaml --out whole >/dev/null 2>&1

expect_exit 2 "$rondo" submit search.yaml --nodes four
expect_text "--nodes: 'four'" last.err
expect_exit 2 "$rondo" submit search.yaml --time "4 hours"
sed 's/species/specis/' search.yaml >wrong.yaml
expect_exit 2 "$rondo" submit wrong.yaml
expect_exit 0 "$rondo" submit search.yaml --dry-run
expect_text '^#SBATCH --requeue$' last.out
[ ! -e runs ] || fail "--dry-run or a refusal wrote something"

for launcher in mpirun srun; do
  job=$(submitted "$rondo" submit search.yaml --nodes 4 --tasks-per-node 2 --time 5 --launcher $launcher --out runs/$launcher)
  expect_text "^resume +sbatch runs/$launcher.sbatch" submit.out
  wait_for_state "$job" COMPLETED 60
  same_run whole runs/$launcher
  expect_text '"ranks": 8' runs/$launcher/environment.json
  expect_text "\"launcher\": \"$launcher\"" runs/$launcher/environment.json
  expect_text "\"job\": \"$job\"" runs/$launcher/environment.json
  echo "$launcher, 4 nodes of 2 ranks: equal"
done

job=$(EXPERIMENT=search.yaml RUN=runs/array SEEDS="7 8 9 10" LAUNCHER=mpirun \
  submitted sbatch --ntasks-per-node=2 "$source_dir/deploy/slurm/array.sbatch")
wait_for_state "$job" COMPLETED 90
same_run whole runs/array-7
for seed in 8 9 10; do
  mpi -n 2 "$rondo" search search.yaml --seed $seed --out alone-$seed >/dev/null 2>&1
  same_run alone-$seed runs/array-$seed
done
echo "an array of 4 seeds: equal to mpirun's"

job=$(RUN=runs/array-9 submitted sbatch "$source_dir/deploy/slurm/replay.sbatch")
wait_for_state "$job" COMPLETED 60
echo "replay.sbatch: equal"

# What is wrong is no reason to be tried again and again.
job=$(EXPERIMENT=wrong.yaml RUN=runs/wrong submitted sbatch -N 1 --ntasks-per-node=2 "$source_dir/deploy/slurm/search.sbatch")
wait_for_state "$job" FAILED 60
[ "$(restarts "$job")" = 0 ] || fail "a wrong experiment was requeued"
echo "a wrong experiment: failed, not requeued"
