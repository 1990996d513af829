/* Runs a target over files, those of the folders named, without libFuzzer: the seeds stay good with every compiler. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX_BYTES ((size_t)1 << 20)

/* Bytes of their own in memory of their own, so that a read beyond them is seen. */
static bool run_file(const char *path)
{
    static uint8_t content[FILE_MAX_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t bytes = fread(content, 1, sizeof content, file);
    fclose(file);
    uint8_t *copy = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        copy[i] = content[i];
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
    return true;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL)
            return perror(argv[i]), EXIT_FAILURE;
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (entry->d_name[0] == '.')
                continue;
            printf("%s\n", path); /* the last one is the one that failed */
            fflush(stdout);
            if (!run_file(path))
                return perror(path), EXIT_FAILURE;
            count++;
        }
        closedir(folder);
    }
    if (count == 0)
        return fputs("no seeds\n", stderr), EXIT_FAILURE;
    return EXIT_SUCCESS;
}
