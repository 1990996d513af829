#include "service/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST                                                                                                          \
    "2020-04-30T01:00:00.000000Z 000102030405060708090a0b0c0d0e0f 42 "                                                 \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
#define SECOND                                                                                                         \
    "2020-04-30T01:01:00.000000Z 000102030405060708090a0b0c0d0e0f 18446744073709551615 "                               \
    "0000000000000000000000000000000000000000000000000000000000000000\n"

static struct slice text(const char *file)
{
    return (struct slice){(const uint8_t *)file, strlen(file)};
}

static void a_line_reads_as_it_was_written(void **state)
{
    (void)state;
    struct witness_line line = {.time = "2020-04-30T01:00:00.000000Z", .sequence = 42, .digest = digest_of("abc", 3)};
    for (uint8_t i = 0; i < INCARNATION_BYTES; i++)
        line.incarnation[i] = i;
    char written[WITNESS_LINE_BYTES];
    assert_string_equal(witness_format(&line, written), FIRST);
    struct witness_line read;
    size_t offset = 0;
    assert_int_equal(witness_next(text(FIRST SECOND), &offset, &read), RC_OK);
    assert_string_equal(read.time, line.time);
    assert_memory_equal(read.incarnation, line.incarnation, INCARNATION_BYTES);
    assert_true(read.sequence == 42);
    assert_memory_equal(read.digest.bytes, line.digest.bytes, DIGEST_BYTES);
    assert_int_equal(witness_next(text(FIRST SECOND), &offset, &read), RC_OK);
    assert_true(read.sequence == UINT64_MAX);
    assert_int_equal(witness_next(text(FIRST SECOND), &offset, &read), RC_AGAIN);
}

static void a_torn_line_is_refused_and_what_follows_it_is_read(void **state)
{
    (void)state;
    for (size_t length = 1; length + 1 < strlen(FIRST); length++) {
        char file[2 * WITNESS_LINE_BYTES];
        struct witness_line line;
        size_t offset = 0;
        snprintf(file, sizeof file, "%.*s", (int)length, FIRST);
        assert_int_equal(witness_next(text(file), &offset, &line), RC_REFUSED);
        assert_int_equal(witness_next(text(file), &offset, &line), RC_AGAIN);
        snprintf(file, sizeof file, "%.*s\n%s", (int)length, FIRST, SECOND);
        offset = 0;
        assert_int_equal(witness_next(text(file), &offset, &line), RC_REFUSED);
        assert_int_equal(witness_next(text(file), &offset, &line), RC_OK);
        assert_int_equal(witness_next(text(file), &offset, &line), RC_AGAIN);
    }
}

static void what_no_service_writes_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
    } changes[] = {{" 42 ", " 042 "}, {" 42 ", " +42 "}, {" 42 ", " -1 "},     {" 42 ", "  42 "},
                   {" 42 ", "\t42 "}, {"2020", " 2020"}, {"ba78", "BA78"},     {"15ad", "15ad0"},
                   {"15ad", "15ad "}, {"Z 00", "+ 00"},  {"000102", "0x0102"}, {" 42 ", " 18446744073709551616 "}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char file[2 * WITNESS_LINE_BYTES];
        const char *at = strstr(FIRST, changes[i].old);
        snprintf(file, sizeof file, "%.*s%s%s", (int)(at - FIRST), FIRST, changes[i].new, at + strlen(changes[i].old));
        struct witness_line line;
        size_t offset = 0;
        if (witness_next(text(file), &offset, &line) != RC_REFUSED)
            fail_msg("taken: %s", file);
    }
    struct witness_line line;
    size_t offset = 0;
    static const uint8_t zeros[300]; /* what a file system may leave after a power cut */
    assert_int_equal(witness_next((struct slice){zeros, sizeof zeros}, &offset, &line), RC_REFUSED);
    assert_int_equal(witness_next((struct slice){zeros, sizeof zeros}, &offset, &line), RC_AGAIN);
}

/* Writing, into a folder of its own. */

struct place {
    char folder[64], path[128], content[4096];
    struct settings settings;
    struct witness witness;
};

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/witness-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    assert_int_equal(rmdir(place->folder), 0); /* the witness makes it */
    snprintf(place->path, sizeof place->path, "%s/updates", place->folder);
    snprintf(place->settings.witness, sizeof place->settings.witness, "%s", place->folder);
    place->settings.witness_interval_us = 60 * SECOND_US;
    place->witness = (struct witness){.settings = &place->settings, .stream = STREAM_UPDATES};
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    chmod(place->folder, 0700);
    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static const char *content(struct place *place)
{
    memset(place->content, 0, sizeof place->content);
    FILE *file = fopen(place->path, "r");
    if (file != NULL) {
        assert_true(fread(place->content, 1, sizeof place->content - 1, file) > 0 || feof(file));
        fclose(file);
    }
    return place->content;
}

static size_t lines(struct place *place)
{
    size_t count = 0;
    for (const char *c = content(place); *c != '\0'; c++)
        count += *c == '\n';
    return count;
}

static struct stream_head head(uint64_t sequence)
{
    return (struct stream_head){.head = sequence, .digest = digest_of(&sequence, sizeof sequence)};
}

static void a_head_is_written_at_once_and_then_when_it_is_another_and_the_interval_is_over(void **state)
{
    struct place *place = *state;
    struct stream_head none = head(0), first = head(1), second = head(2);
    witness_step(&place->witness, &none, 0, 1);
    assert_int_equal(lines(place), 0);
    witness_step(&place->witness, &first, 0, 2);
    assert_int_equal(lines(place), 1);
    witness_step(&place->witness, &second, 0, 1 + 60 * SECOND_US);
    assert_int_equal(lines(place), 1);
    witness_step(&place->witness, &first, 0, 2 + 60 * SECOND_US);
    assert_int_equal(lines(place), 1);
    witness_step(&place->witness, &second, 0, 2 + 60 * SECOND_US);
    assert_int_equal(lines(place), 2);
    struct stream_head third = head(3);
    witness_stop(&place->witness, &third, 0, 3 + 60 * SECOND_US);
    witness_stop(&place->witness, &third, 0, 3 + 60 * SECOND_US);
    assert_int_equal(lines(place), 3);
    struct stat status;
    assert_int_equal(stat(place->folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void the_same_sequence_with_another_digest_is_another_head(void **state)
{
    struct place *place = *state;
    struct stream_head first = head(1), rewritten = first;
    rewritten.digest.bytes[31] ^= 1;
    witness_stop(&place->witness, &first, 0, 0);
    witness_stop(&place->witness, &rewritten, 0, 0);
    assert_int_equal(lines(place), 2);
}

static void after_a_torn_line_a_new_one_is_begun(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place->folder, 0700), 0);
    FILE *file = fopen(place->path, "w");
    fputs(FIRST "2020-04-30T01", file);
    fclose(file);
    struct stream_head second = head(2);
    witness_step(&place->witness, &second, 0, 0);
    size_t offset = 0, read = 0;
    struct witness_line line;
    struct slice written = text(content(place));
    for (enum rc rc; (rc = witness_next(written, &offset, &line)) != RC_AGAIN;)
        read += rc == RC_OK;
    assert_int_equal(read, 2);
    assert_true(line.sequence == 2);
    assert_int_equal(lines(place), 3);
}

static void a_folder_that_cannot_be_written_does_no_harm_and_is_tried_again(void **state)
{
    struct place *place = *state;
    FILE *file = fopen(place->folder, "w"); /* a file where the folder should be: root may write everywhere */
    fclose(file);
    struct stream_head first = head(1);
    witness_step(&place->witness, &first, 0, 0);
    assert_true(place->witness.failing);
    assert_int_equal(unlink(place->folder), 0);
    witness_step(&place->witness, &first, 0, 60 * SECOND_US);
    assert_false(place->witness.failing);
    assert_int_equal(lines(place), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reads_as_it_was_written),
        cmocka_unit_test(a_torn_line_is_refused_and_what_follows_it_is_read),
        cmocka_unit_test(what_no_service_writes_is_refused),
        TEST(a_head_is_written_at_once_and_then_when_it_is_another_and_the_interval_is_over),
        TEST(the_same_sequence_with_another_digest_is_another_head),
        TEST(after_a_torn_line_a_new_one_is_begun),
        TEST(a_folder_that_cannot_be_written_does_no_harm_and_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
