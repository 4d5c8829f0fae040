# Completion of rondo for bash; written by: rondo completion bash
_rondo() {
  local word=${COMP_WORDS[COMP_CWORD]} command= words= index
  for ((index = 1; index < COMP_CWORD; ++index)); do
    # Behind `rondo launch … --` stands another command.
    case ${COMP_WORDS[index]} in
      --) command= ;;
      -*) ;;
      *) [ -n "$command" ] || command=${COMP_WORDS[index]} ;;
    esac
  done
  case $command in
    '') words='search resume extend launch submit plan show verify replay predict evaluate seeds doctor completion -h --help --version' ;;
    search) words='-h --help --data --target --drop --task --metric --image-height --image-width --image-channels --split --test --validation --split-column --seed --sampler --lanes --epochs --patience --trials --rank-timeout --threads-per-rank --time-limit --ensemble --out --overwrite --json' ;;
    resume) words='-h --help --data --time-limit --json' ;;
    extend) words='-h --help --trials --out --data --overwrite --time-limit --json' ;;
    launch) words='-h --help -n --ranks --mpirun-arg' ;;
    submit) words='-h --help --out --nodes --tasks-per-node --time --partition --account --launcher --profile --hostfile --dry-run' ;;
    plan) words='-h --help --data --target --drop --task --metric --image-height --image-width --image-channels --split --test --validation --split-column --seed --sampler --lanes --epochs --patience --trials --rank-timeout --threads-per-rank --time-limit --ensemble --ranks --measured --cost-error --slow-share --slowness --json' ;;
    show) words='-h --help --most --json' ;;
    verify) words='-h --help --json' ;;
    replay) words='-h --help --trial --data --json' ;;
    predict) words='-h --help --out --overwrite' ;;
    evaluate) words='-h --help --json' ;;
    seeds) words='-h --help --master --trial --json' ;;
    doctor) words='-h --help --folder --data --oversubscribed --json' ;;
    completion) words='-h --help' ;;
  esac
  COMPREPLY=()
  if [ -z "$command" ] || [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -o default -F _rondo rondo
