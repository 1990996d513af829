#include "service/confine.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum rc confine(struct err *err)
{
    umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set(err, RC_FAILED, "no new privileges: %s", strerror(errno));
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks looks into the process */
    /* A dump would hold secret keys, and lie about for longer than anybody remembers. What went wrong is in the log;
     * who needs more attaches a debugger as root, or takes the build with sanitizers. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_set(err, RC_FAILED, "no core dumps: %s", strerror(errno));
#endif
    return RC_OK;
}
