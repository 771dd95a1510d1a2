#!/bin/sh
# Tells of drift by mail: cron mails what is printed, and this prints nothing while there is none.
#
#   MAILTO=platform@example.com
#   */15 * * * * /usr/local/bin/drift-cron.sh /srv/shop prod
#
# It ends as `natsform drift` does: 0 no drift, 2 drift, 7 something could not be read, anything else went wrong.
set -u
project=${1:?the directory of the project}
environment=${2:?an environment}

cd "$project" || exit 1
status=0
report=$(natsform drift -e "$environment" 2>&1) || status=$?
case $status in
  0) exit 0 ;;
  2) echo "natsform: somebody changed $environment" ;;
  7) echo "natsform: not everything of $environment could be read" ;;
  *) echo "natsform: the drift of $environment could not be told (exit code $status)" ;;
esac
printf '\n%s\n' "$report"
exit "$status"
