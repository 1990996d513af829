/* Makes the two files of a new CURVE key: the certificate that is given to others, and the same with the secret key. */
#include "cli/cli.h"

#include "domain/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static const char help[] =
    "usage: duban keygen [--folder FOLDER] [--name NAME] [--unit UNIT] [--divisions CODES] [--submit TYPES]\n"
    "                    [--topics PREFIXES] [--sources PREFIXES] [--note TEXT] FILE\n"
    "Makes FILE, which is copied to the server's folder of rights, and FILE_secret, which stays with its owner, in "
    "the\n"
    "format of CZMQ. --name: the client's, FILE if it is left out; two keys of one client have the same name. The "
    "other\n"
    "options are its rights, as the server's administrator grants them by what stands in the copy there:\n"
    "  --unit       the unit whose reports it sends; * for a platform that sends those of any unit\n"
    "  --divisions  divisions by their codes, with all that is below them: 410102\n"
    "  --submit     types of events: MeasurementReported,MilestoneReached; * for all\n"
    "  --topics     beginnings of topics that it may read: deadline.410102.,digest.410102.; * for all\n"
    "  --sources    beginnings of the sources that its events may carry; any if it is left out\n";

struct keygen_options {
    const char *folder, *file;
    const char *values[RIGHTS_METADATA];
};

static int read_options(int argc, char **argv, struct keygen_options *options, bool *out_help)
{
    struct option known[RIGHTS_METADATA + 3] = {{"folder", required_argument, NULL, 'f'},
                                                {"help", no_argument, NULL, 'h'}};
    for (size_t i = 0; i < RIGHTS_METADATA; i++)
        known[i + 2] = (struct option){rights_metadata[i], required_argument, NULL, (int)i + 1};
    *options = (struct keygen_options){.folder = "."};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == 'h')
            *out_help = true;
        else if (option == 'f')
            options->folder = optarg;
        else if (option == '?')
            return EXIT_USAGE;
        else
            options->values[option - 1] = optarg;
    }
    if (*out_help)
        return EXIT_DONE;
    if (optind + 1 != argc || strchr(argv[optind], '/') != NULL)
        return EXIT_USAGE;
    options->file = argv[optind];
    if (options->values[0] == NULL)
        options->values[0] = options->file;
    return EXIT_DONE;
}

/* Writes a new file; one that is there already is never touched. */
static enum rc write_new(const char *path, const char *text, mode_t mode, struct err *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0)
        return err_set(err, RC_REFUSED, "%s: %s", path, strerror(errno));
    ssize_t bytes = (ssize_t)strlen(text);
    bool written = write(file, text, (size_t)bytes) == bytes && fsync(file) == 0;
    int error = errno;
    if (close(file) == 0 && written)
        return RC_OK;
    unlink(path);
    return err_set(err, RC_FAILED, "%s: %s", path, strerror(error));
}

static enum rc write_files(const struct keygen_options *options, const struct certificate *certificate,
                           struct arena *arena, struct err *err)
{
    char path[PATH_MAX];
    char *secret = arena_must(certificate_text(certificate, true, arena));
    snprintf(path, sizeof path, "%s/%s_secret", options->folder, options->file);
    enum rc rc = write_new(path, secret, 0600, err);
    explicit_bzero(secret, strlen(secret));
    if (rc != RC_OK)
        return rc;
    char open_path[PATH_MAX];
    snprintf(open_path, sizeof open_path, "%s/%s", options->folder, options->file);
    rc = write_new(open_path, arena_must(certificate_text(certificate, false, arena)), 0644, err);
    if (rc != RC_OK)
        unlink(path);
    return rc;
}

int command_keygen(struct cli *cli, int argc, char **argv)
{
    struct keygen_options options;
    bool wants_help = false;
    int status = read_options(argc, argv, &options, &wants_help);
    if (status != EXIT_DONE || wants_help)
        return fputs(help, wants_help ? stdout : stderr), status;
    struct certificate certificate = {0};
    struct rights rights;
    struct err err;
    for (size_t i = 0; i < RIGHTS_METADATA; i++) {
        if (options.values[i] == NULL)
            continue;
        if (strpbrk(options.values[i], "\"\n\r") != NULL)
            return fail(EXIT_USAGE, "--%s: no quotation marks and no line breaks", rights_metadata[i]);
        certificate.metadata[certificate.metadata_count].name = rights_metadata[i];
        certificate.metadata[certificate.metadata_count++].value = options.values[i];
    }
    if (rights_read(&certificate, cli->arena, &rights, &err) != RC_OK)
        return fail(EXIT_USAGE, "%s", err.text);
    if (zmq_curve_keypair(certificate.public_key, certificate.secret_key) != 0)
        return fail(EXIT_UNREACHABLE, "libzmq has no CURVE here: %s", zmq_strerror(errno));
    enum rc rc = write_files(&options, &certificate, cli->arena, &err);
    certificate_forget(&certificate);
    if (rc != RC_OK)
        return fail(EXIT_USAGE, "%s", err.text);
    printf("%s/%s: to be copied to the server's folder of rights\n%s/%s_secret: stays here, and is given to nobody\n",
           options.folder, options.file, options.folder, options.file);
    return EXIT_DONE;
}
