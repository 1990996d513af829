# One place for compiler flags, and the two shapes that targets have here.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

add_library(duban_flags INTERFACE)
target_compile_definitions(duban_flags INTERFACE _GNU_SOURCE)
target_compile_options(duban_flags INTERFACE
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2
  # Texts for people and paths of fields are cut to fit on purpose.
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/= # a failed REQUIRE names lib/base/arena.c, wherever it was built
  $<$<BOOL:${DUBAN_WERROR}>:-Werror>)

# duban_hardened: what makes a defect in C hard to use for anything; no warning, so that generated code has it too. What a compiler does not know
# is left out: clang 14 has no -ftrivial-auto-var-init=zero, and -fcf-protection is only for x86.
add_library(duban_hardened INTERFACE)
if(DUBAN_SANITIZE)
  target_compile_options(duban_hardened INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(duban_hardened INTERFACE -fsanitize=address,undefined)
else()
  set(CMAKE_REQUIRED_FLAGS -O2)
  set(CMAKE_REQUIRED_DEFINITIONS -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  check_c_source_compiles("#include <string.h>\nint main(void) { return 0; }" DUBAN_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  unset(CMAKE_REQUIRED_DEFINITIONS)
  # Without optimisation the C library warns that it cannot fortify.
  target_compile_options(duban_hardened INTERFACE
    -fPIE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$<IF:$<BOOL:${DUBAN_FORTIFY_3}>,3,2>>)
  foreach(flag IN ITEMS stack-protector-strong stack-clash-protection cf-protection trivial-auto-var-init=zero)
    string(MAKE_C_IDENTIFIER DUBAN_HAS_${flag} known)
    check_c_compiler_flag(-f${flag} ${known})
    target_compile_options(duban_hardened INTERFACE $<$<BOOL:${${known}}>:-f${flag}>)
  endforeach()
  target_link_options(duban_hardened INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()
target_link_libraries(duban_flags INTERFACE duban_hardened)
if(DUBAN_FUZZ)
  target_compile_options(duban_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(DUBAN_CHAOS)
  target_compile_definitions(duban_flags INTERFACE DUBAN_CHAOS)
endif()

# duban_library(name SOURCES … LINKS …): a static library whose headers are included as "folder/file.h".
function(duban_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/services ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE duban_flags)
endfunction()

function(duban_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} duban_flags)
endfunction()

# duban_queries(target FILE.sql …): embeds each file as `extern const char NAME_sql[]`, declared in "queries.h" of the target.
function(duban_queries target)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_queries)
  add_custom_command(
    OUTPUT ${out}/${target}_queries.h ${out}/${target}_queries.c
    COMMAND ${CMAKE_COMMAND} -DOUT=${out}/${target}_queries "-DFILES=${ARGN}" -DDIR=${CMAKE_CURRENT_SOURCE_DIR}
            -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}/${target}_queries.c ${out}/${target}_queries.h)
  target_include_directories(${target} PUBLIC ${out})
endfunction()
