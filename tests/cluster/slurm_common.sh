# A Slurm cluster of 4 nodes for the scripts slurm_*.sh; sourced, not run.
for program in sbatch slurmctld slurmd munged; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
    { echo "skipped: $program is not installed: deploy/install --slurm"; exit 77; }
done
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
test_cluster=$source_dir/deploy/slurm/test-cluster
cluster=$work/cluster
trap '"$test_cluster" stop "$cluster" >/dev/null 2>&1; kill_everything; rm -rf "$work"' EXIT
"$test_cluster" start "$cluster" 4
source "$cluster/env"
export HOME=$work # no profile of whoever runs this
export RONDO=$rondo RONDO_SLURM=$source_dir/deploy/slurm

show_logs() {
  tail -n 40 ./*.log runs/*.log >&2 2>/dev/null || true
  squeue >&2 || true
  sinfo -N -l >&2 || true
  tail -n 20 "$cluster/log/slurmctld" >&2
}

submitted() { # command…: submits, and prints the job's number
  "$@" >submit.out 2>submit.err || { cat submit.out submit.err >&2; fail "$*"; }
  sed -nE 's/^(job +|Submitted batch job )([0-9]+)$/\2/p' submit.out
}

job_state() { # job: as Slurm calls it
  squeue -h -t all -j "$1" -o %T 2>/dev/null | sort -u | tr '\n' ' ' | sed 's/ $//'
}

wait_for_state() { # job state seconds
  local _
  for _ in $(seq 1 $(($3 * 10))); do
    [[ $(job_state "$1") != "$2" ]] || return 0
    sleep 0.1
  done
  show_logs
  fail "job $1 is $(job_state "$1"), not $2, after $3 s"
}

status_of() { # run name: of its status.json
  sed -nE 's/^ *"'"$2"'": "?(.*[^",])"?,?$/\1/p' "$1/status.json" 2>/dev/null || true
}

restarts() { # job
  scontrol show job "$1" | sed -nE 's/.*Restarts=([0-9]+).*/\1/p'
}

digest_of() { # run
  "$rondo" show "$1" --json | sed -E 's/.*"digest":"([0-9a-f]+)".*/\1/'
}

now() { date +%s.%N; }
seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN {printf "%.1f", b - a}'; }
