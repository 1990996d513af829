#include "base/certificate.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The keys of the examples in RFC 26. */
#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"

static struct arena *arena;
static struct certificate certificate;
static struct err err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    certificate = (struct certificate){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum rc read_text(const char *text)
{
    return certificate_read((struct slice){(const uint8_t *)text, strlen(text)}, arena, &certificate, &err);
}

static void what_czmq_writes_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("#   ****  Generated on 2026-11-25 by CZMQ  ****\n"
                  "#   ZeroMQ CURVE Public Certificate\n\n"
                  "metadata\n    name = \"parks-office\"\n    topics = \"deadline.410102. digest.\" # ours\n"
                  "curve\n    public-key = \"" PUBLIC "\"\n"),
        RC_OK);
    assert_string_equal(certificate.public_key, PUBLIC);
    assert_string_equal(certificate.secret_key, "");
    assert_string_equal(certificate_value(&certificate, "name"), "parks-office");
    assert_string_equal(certificate_value(&certificate, "topics"), "deadline.410102. digest.");
    assert_string_equal(certificate_value(&certificate, "unit"), "");
}

static void values_need_no_quotation_marks_and_lines_may_end_as_on_windows(void **state)
{
    (void)state;
    assert_int_equal(read_text("metadata\r\n    name = a b \r\n\tunit=x\r\ncurve\r\n    public-key = '" PUBLIC "'\r\n"),
                     RC_OK);
    assert_string_equal(certificate_value(&certificate, "name"), "a b");
    assert_string_equal(certificate_value(&certificate, "unit"), "x");
}

static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    struct certificate made = {.public_key = PUBLIC, .secret_key = SECRET, .metadata_count = 1};
    made.metadata[0].name = "name";
    made.metadata[0].value = "finance";
    assert_int_equal(read_text(certificate_text(&made, true, arena)), RC_OK);
    assert_string_equal(certificate.secret_key, SECRET);
    assert_string_equal(certificate_value(&certificate, "name"), "finance");
    const char *open = certificate_text(&made, false, arena);
    assert_null(strstr(open, SECRET));
    assert_int_equal(read_text(open), RC_OK);
    certificate_forget(&made);
    assert_string_equal(made.secret_key, "");
}

static void every_fault_is_told_by_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told;
    } faults[] = {
        {"", "there is no public key"},
        {"curve\n", "there is no public key"},
        {"metdata\n", "line 1: the sections are metadata and curve"},
        {"curve = 1\n", "line 1: the sections are metadata and curve"},
        {"curve\n    public-key\n", "line 2: NAME = VALUE is expected"},
        {"curve\n    public-key = short\n", "line 2: a key is 40 characters of Z85"},
        {"curve\n    public-key = \"~ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n",
         "line 2: a key is 40 characters of Z85"},
        {"curve\n    public-key = \"" PUBLIC "\"\n    public-key = \"" PUBLIC "\"\n", "line 3: the key stands twice"},
        {"curve\n    private = 1\n", "line 2: only metadata, public-key and secret-key may stand here"},
        {"metadata\n    a = \"b\n", "line 2: the closing quotation mark is missing"},
        {"metadata\n    a = \"b\" c\n", "line 2: something stands after the closing quotation mark"},
        {"metadata\n    a = 1\n    a = 2\n", "line 3: the name stands twice"},
        {"metadata\n    = 1\n", "line 2: a name is missing"},
        {"    name = 1\n", "line 1: only metadata, public-key and secret-key may stand here"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        assert_int_equal(read_text(faults[i].text), RC_REFUSED);
        assert_string_equal(err.text, faults[i].told);
    }
    assert_int_equal(certificate_read((struct slice){(const uint8_t *)"curve\0", 6}, arena, &certificate, &err),
                     RC_REFUSED);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/certificate-test-%d", getpid());
    const char *secret = "curve\n    public-key = \"" PUBLIC "\"\n    secret-key = \"" SECRET "\"\n";
    static const mode_t open_modes[] = {0604, 0640, 0620, 0602};
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
        write_file(path, secret, open_modes[i]);
        assert_int_equal(certificate_load(path, arena, &certificate, &err), RC_REFUSED);
        assert_null(strstr(err.text, SECRET));
        assert_string_equal(certificate.secret_key, "");
    }
    write_file(path, secret, 0400);
    assert_int_equal(certificate_load(path, arena, &certificate, &err), RC_OK);
    assert_string_equal(certificate.secret_key, SECRET);
    write_file(path, "curve\n    public-key = \"" PUBLIC "\"\n", 0644);
    assert_int_equal(certificate_load(path, arena, &certificate, &err), RC_OK);
    unlink(path);
    assert_int_equal(certificate_load(path, arena, &certificate, &err), RC_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_czmq_writes_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(values_need_no_quotation_marks_and_lines_may_end_as_on_windows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_written_reads_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(every_fault_is_told_by_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_secret_that_others_may_read_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
