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

# A rank that dies before MPI has begun: srun ends the others, and the job launches again.
cat >crashing <<CRASHING
#!/usr/bin/env bash
[ "\$SLURM_PROCID" != 4 ] || [ -e $work/crashed ] || { touch $work/crashed; kill -SEGV \$\$; }
exec "$rondo" "\$@"
CRASHING
chmod +x crashing
printf 'launcher: srun\nlauncher_options: --wait=2\nprogram: %s\n' "$work/crashing" >profile.yaml
job=$(submitted "$rondo" submit search.yaml --nodes 4 --tasks-per-node 2 --time 5 --profile profile.yaml --out runs/crashed)
wait_for_state "$job" COMPLETED 60
expect_text 'crashed at its start .* launches again, 1 of 2' runs/crashed.log
same_run whole runs/crashed
echo "a rank that dies at the start: launched again, equal"

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
expect_text '^trial +19: [0-9]+ epochs equal$' rondo-replay.log
echo "replay.sbatch: equal"

# What is wrong is no reason to be tried again and again.
job=$(EXPERIMENT=wrong.yaml RUN=runs/wrong submitted sbatch -N 1 --ntasks-per-node=2 "$source_dir/deploy/slurm/search.sbatch")
wait_for_state "$job" FAILED 60
[ "$(restarts "$job")" = 0 ] || fail "a wrong experiment was requeued"
echo "a wrong experiment: failed, not requeued"
