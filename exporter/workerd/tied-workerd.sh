#!/bin/sh
# Runs workerd so that it ends with the process that started it, even where that is killed, if the system can.
if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL "$PATCHWORK_WORKERD" "$@"
fi
exec "$PATCHWORK_WORKERD" "$@"
