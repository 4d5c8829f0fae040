# Writes the commit of the sources in SOURCE into OUT, as a string literal; an empty one outside of git. Run as a script.
# Without locks, so that a build never meets a git command of its user.
execute_process(COMMAND git --no-optional-locks -C ${SOURCE} describe --always --dirty --abbrev=40 --exclude=*
  OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "\"@commit@\"\n" @ONLY)
